"""The invariants I1–I12: what must hold between the exchange's truth and our books, whatever broke in between."""

from signals.invariants.book import Book
from signals.invariants.checking import check
from signals.invariants.report import INVARIANTS, Limits, Report, Verdict, Violation
from signals.invariants.truth import AccountTruth, Truth

__all__ = ["INVARIANTS", "AccountTruth", "Book", "Limits", "Report", "Truth", "Verdict", "Violation", "check"]
