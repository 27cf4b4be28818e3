"""Exchange keys on their way in: proposed by the client, accepted or refused on the exchange's word, destroyed at the end."""

from collections.abc import Mapping
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from exchanges import vault
from exchanges.models import AccountStatus, ExchangeAccount, KeyCandidate
from exchanges.sealed_tables import SealedTable
from exchanges.verdicts import Outcome, Verdict

TABLE = "exchange_account"
KEY_FIELDS = ("api_key", "secret_key", "passphrase", "variant")
SEALED_TABLES = (
    SealedTable("exchanges.ExchangeAccount", TABLE, "sealed_keys", "wrapped_data_key", "key_id"),
    SealedTable("exchanges.KeyCandidate", TABLE, "sealed_keys", "wrapped_data_key", "key_id", row_field="account_id"),
)


class KeysInUse(ValueError):
    """Another account that lives has the same key."""


def propose_keys(account: ExchangeAccount, keys: Mapping[str, str], *, make_main: bool = False) -> KeyCandidate:
    """Keep `keys` sealed beside the account until the exchange was asked; an older candidate is replaced.

    What the account has stays in use until then. Raises KeysInUse.
    """
    fingerprint = fingerprint_of(account, keys["api_key"])
    if ExchangeAccount.objects.filter(key_fingerprint=fingerprint, deleted_at=None).exclude(pk=account.pk).exists():
        raise KeysInUse
    sealed = seal_keys(account.pk, keys)
    candidate, _ = KeyCandidate.objects.update_or_create(
        account=account,
        defaults={
            "sealed_keys": sealed.ciphertext,
            "wrapped_data_key": sealed.wrapped_key,
            "key_id": sealed.key_id,
            "key_last4": keys["api_key"][-4:],
            "key_fingerprint": fingerprint,
            "make_main": make_main,
            "refusal_code": "",
            "refusal_detail": "",
        },
    )
    return candidate


def settle_candidate(candidate_id: int, sealed_keys: bytes, verdict: Verdict) -> None:
    """Accept or refuse a candidate by the exchange's word; nothing happens when it was replaced or settled meanwhile.

    Accepting moves its columns to the account and removes it; refusing destroys its keys and keeps the reason. A new
    account without working keys becomes `invalid`, one with working keys keeps them.
    """
    with transaction.atomic():
        candidate = KeyCandidate.objects.select_for_update(no_key=True).filter(pk=candidate_id).first()
        if candidate is None or bytes(candidate.sealed_keys) != sealed_keys:
            return
        account = (
            ExchangeAccount.objects.select_for_update(no_key=True).select_related("user").get(pk=candidate.account_id)
        )
        if account.deleted_at is not None:
            candidate.delete()
        elif verdict.outcome is Outcome.VERIFIED:
            verdict = _accept(account, candidate, verdict)
        if verdict.outcome is Outcome.REFUSED and account.deleted_at is None:
            _refuse(account, candidate, verdict)


def store_verdict(account: ExchangeAccount, verdict: Verdict) -> None:
    """Write what the exchange said of the keys that the account has; an unknown outcome changes nothing.

    Keys that worked and are refused now make the account need attention (F34), others make it invalid. They stay, so that
    stops of open positions can be watched when the client mends the key at the exchange.
    """
    if verdict.outcome is Outcome.UNKNOWN:
        return
    worked = account.status in (AccountStatus.VERIFIED, AccountStatus.NEEDS_ATTENTION)
    refused = AccountStatus.NEEDS_ATTENTION if worked else AccountStatus.INVALID
    status = AccountStatus.VERIFIED if verdict.outcome is Outcome.VERIFIED else refused
    ExchangeAccount.objects.filter(pk=account.pk, key_version=account.key_version).update(
        status=status, **_facts(verdict)
    )


def destroy_keys(account: ExchangeAccount) -> None:
    """Forget the keys of an account for ever (the row's data key goes with them)."""
    KeyCandidate.objects.filter(account=account).delete()
    had_keys = bool(account.sealed_keys)
    account.sealed_keys = account.wrapped_data_key = b""
    account.key_id = account.key_fingerprint = ""
    account.save(update_fields=["sealed_keys", "wrapped_data_key", "key_id", "key_fingerprint", "updated_at"])
    if had_keys:
        audit.record(audit.Event.KEYS_DESTROYED, user=account.user, account=str(account.pk))


def seal_keys(account_id: UUID, keys: Mapping[str, str]) -> vault.Sealed:
    """All three fields under one new data key, bound to this account's row (EXC-12)."""
    values = {name: keys.get(name, "") for name in KEY_FIELDS}
    return vault.seal(table=TABLE, row_id=account_id, values=values)


def fingerprint_of(account: ExchangeAccount, api_key: str) -> str:
    """The same for the same key at the same exchange, and not readable."""
    return vault.keyed_digest("exchange key", f"{account.exchange}|{int(account.testnet)}|{api_key}")


def take_main(account: ExchangeAccount) -> None:
    """Make this the one main account of its owner, whatever two requests do at once (the owner's row is locked)."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=account.user_id)
        others = ExchangeAccount.objects.filter(user_id=account.user_id, is_main=True).exclude(pk=account.pk)
        others.update(is_main=False)
        ExchangeAccount.objects.filter(pk=account.pk, deleted_at=None).update(is_main=True)
    account.is_main = True


def _accept(account: ExchangeAccount, candidate: KeyCandidate, verdict: Verdict) -> Verdict:
    is_first = not account.sealed_keys
    try:
        with transaction.atomic():
            ExchangeAccount.objects.filter(pk=account.pk).update(
                sealed_keys=candidate.sealed_keys,
                wrapped_data_key=candidate.wrapped_data_key,
                key_id=candidate.key_id,
                key_last4=candidate.key_last4,
                key_fingerprint=candidate.key_fingerprint,
                key_version=account.key_version + (0 if is_first else 1),
                status=AccountStatus.VERIFIED,
                **_facts(verdict),
            )
    except IntegrityError:  # somebody else's check of the same key was faster
        return Verdict(Outcome.REFUSED, "keys_in_use")
    candidate.delete()
    wants_main = (
        candidate.make_main
        or not ExchangeAccount.objects.filter(user=account.user, is_main=True, deleted_at=None).exists()
    )
    if wants_main:
        take_main(account)
    event = audit.Event.KEYS_ADDED if is_first else audit.Event.KEYS_REPLACED
    audit.record(event, user=account.user, account=str(account.pk), last4=candidate.key_last4)
    return verdict


def _refuse(account: ExchangeAccount, candidate: KeyCandidate, verdict: Verdict) -> None:
    candidate.sealed_keys = candidate.wrapped_data_key = b""
    candidate.key_id = candidate.key_fingerprint = ""
    candidate.refusal_code, candidate.refusal_detail = verdict.code, verdict.detail
    candidate.save()
    if not account.sealed_keys:
        ExchangeAccount.objects.filter(pk=account.pk).update(status=AccountStatus.INVALID, **_facts(verdict))
    audit.record(audit.Event.KEYS_REFUSED, user=account.user, account=str(account.pk), code=verdict.code)


def _facts(verdict: Verdict) -> dict[str, object]:
    facts: dict[str, object] = {
        "status_code": verdict.code,
        "status_detail": verdict.detail,
        "checked_at": timezone.now(),
        "can_withdraw": verdict.can_withdraw,
        "ip_restricted": verdict.ip_restricted,
        "can_trade_spot": verdict.can_trade_spot,
        "can_trade_futures": verdict.can_trade_futures,
    }
    if verdict.position_mode is not None:
        facts["position_mode"] = verdict.position_mode.value
    if verdict.variant is not None:
        facts["variant"] = verdict.variant
    return facts
