"""Where a line of text must not end."""

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


def keep_percent(text: str) -> str:
    """The text with no line ending between a number and its percent sign."""
    return text.replace(" %", f"{NO_BREAK_SPACE}%")
