"""The demo: one bot, a manager, an administrator and twenty clients with paper accounts, following on terms of their own."""

import time
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.consents import record_consents
from accounts.models import ConsentKind, Role, User
from bots.lifecycle import create_bot
from bots.models import Bot
from exchanges.models import ExchangeAccount
from exchanges.paper import SimulatorUnavailable, create_paper_account, paper_venue_id
from exchanges.queries import own_accounts
from subscriptions.lifecycle import subscribe
from subscriptions.models import Subscription

PASSWORD = "demo-password"  # noqa: S105 -- public by contract, and refused in production
SECRET = "demo-master-secret"  # noqa: S105 -- likewise
PATH = "scalper-btc-5min"
CLIENTS = 20
START_BALANCE = Decimal(10_000)
NAMES = (
    "Ana Souza", "Bruno Lima", "Carla Dias", "Diego Rocha", "Elisa Prado", "Fábio Nunes", "Gabriela Melo", "Heitor Alves",
    "Inês Barros", "João Freitas", "Karina Lopes", "Lucas Moreira", "Marta Teles", "Nelson Pires", "Olívia Castro",
    "Paulo Reis", "Quitéria Ramos", "Rafael Borges", "Sofia Duarte", "Tiago Farias",
)  # fmt: skip
# What some clients changed; the others trade on the bot's defaults.
OWN_TERMS: dict[int, dict[str, Any]] = {
    2: {"custom_leverage": 20, "custom_margin_usd": Decimal("100.00")},
    5: {"custom_margin_usd": Decimal("200.00")},
    8: {"custom_leverage": 15, "custom_stop_loss_pct": Decimal("1.50"), "custom_take_profit_pct": Decimal("8.00")},
    11: {"custom_leverage": 5, "custom_margin_mode": "cross"},
    14: {"max_daily_loss_usd": Decimal("50.00"), "max_concurrent_positions": 1},
    17: {"custom_take_profit_pct": Decimal("3.00")},
    20: {"custom_leverage": 3, "custom_margin_usd": Decimal("500.00"), "max_daily_loss_usd": Decimal("500.00")},
}


class Command(BaseCommand):
    help = "Make the demo's people, bot, paper accounts and subscriptions; what is there already stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--wait", type=int, default=30, help="seconds to wait for the simulator (default 30)")

    def handle(self, *, wait: int, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo's passwords are public: it is never made when BATUTA_ENV=production.")
        password = make_password(PASSWORD)
        make_person("admin", "Demo Admin", Role.ADMIN, password)
        bot = make_bot(make_person("manager", "Marina Campos", Role.MANAGER, password))
        deadline = time.monotonic() + wait
        for number in range(1, CLIENTS + 1):
            client = make_person(f"client{number}", NAMES[number - 1], Role.CLIENT, password)
            account = own_accounts(client).first() or open_account(client, deadline)
            if not Subscription.objects.filter(user=client, bot=bot).exists():
                subscribe(user=client, bot=bot, exchange_account=account, **OWN_TERMS.get(number, {}))
        self.stdout.write(f"demo: {CLIENTS} clients follow {bot.name} at {bot.webhook_url_path}")


def make_person(login: str, name: str, role: Role, password: str) -> User:
    """The person `login`@demo.local, found or made, with terms and privacy accepted."""
    email = f"{login}@demo.local"
    found = User.objects.filter(email=email).first()
    if found is not None:
        return found
    user = User.objects.create(
        email=email,
        name=name,
        role=role,
        password=password,
        is_staff=role != Role.CLIENT,
        is_superuser=role == Role.ADMIN,
        email_verified_at=timezone.now(),
    )
    record_consents(user, {ConsentKind.TERMS: True, ConsentKind.PRIVACY: True, ConsentKind.RISK: True})
    return user


def make_bot(manager: User) -> Bot:
    """The demo's bot, found or made."""
    found = Bot.objects.filter(master_webhook_path=PATH).first()
    return found or create_bot(
        manager=manager,
        master_secret=SECRET,
        name="Scalper BTC 5min",
        description="Opera BTC em gráficos de 5 minutos, com stop loss e take profit em cada operação.",
        master_webhook_path=PATH,
    )


def open_account(client: User, deadline: float) -> ExchangeAccount:
    """A paper account with 10,000 USDT; waits for the simulator until `deadline` (monotonic seconds)."""
    while True:
        try:
            return create_paper_account(user=client, start_balance=START_BALANCE, is_main=True)
        except SimulatorUnavailable as error:
            if time.monotonic() > deadline:
                raise CommandError(
                    f"The simulator at {settings.EXCHANGE_URLS[paper_venue_id()]} does not answer ({error}). Start it, then run again."
                ) from error
            time.sleep(0.2)
