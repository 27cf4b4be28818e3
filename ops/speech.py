"""How the launcher talks: one plain line at a time."""


def say(sentence: str) -> None:
    print(f"batuta: {sentence}", flush=True)
