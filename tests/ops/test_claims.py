"""Runs at the same time never share servers."""

from pathlib import Path

from ops.claims import Claim


def test_each_claim_takes_a_folder_of_its_own(tmp_path: Path) -> None:
    first, second = Claim(tmp_path, "test"), Claim(tmp_path, "test")

    assert [first.folder, second.folder] == [tmp_path / "test", tmp_path / "test-2"]


def test_a_released_folder_is_claimed_again(tmp_path: Path) -> None:
    Claim(tmp_path, "test").release()

    assert Claim(tmp_path, "test").folder == tmp_path / "test"
