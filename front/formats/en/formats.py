"""English dates with 24-hour times, as everywhere in Batuta. Django adds what is not named here."""

TIME_FORMAT = "H:i"
DATETIME_FORMAT = "N j, Y, H:i"
SHORT_DATETIME_FORMAT = "m/d/Y H:i"
