"""The drawings behind `{% icon %}`: strokes on a grid of 24, made for Batuta. Path data only, never text from anybody."""

from django.http import HttpRequest
from django.templatetags.static import static

ICONS: dict[str, str] = {
    "dashboard": "M4 13h6V4H4zM14 20h6V11h-6zM4 20h6v-3H4zM14 7h6V4h-6z",
    "bot": "M12 3v4M7 7h10a3 3 0 0 1 3 3v6a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3v-6a3 3 0 0 1 3-3zM9 12.5v1M15 12.5v1M1.5 12v2M22.5 12v2",
    "follow": "M4 8h13l-3.5-3.5M20 16H7l3.5 3.5",
    "activity": "M3 12h4l3-8 4 16 3-8h4",
    "history": "M4 5v5h5M4.6 10A8 8 0 1 1 4 13.5M12 8v4.5l3 2",
    "wallet": "M4 7.5A2.5 2.5 0 0 1 6.5 5H17v3M4 7.5V17a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-7a2 2 0 0 0-2-2H6.5M16 13.5h.5",
    "settings": "M4 7h9M19 7h1M4 17h1M11 17h9M16 4.5v5M8 14.5v5",
    "sun": "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M4.9 4.9"
    "l1.5 1.5M17.6 17.6l1.5 1.5M2.5 12h2M19.5 12h2M4.9 19.1l1.5-1.5M17.6 6.4l1.5-1.5",
    "moon": "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
    "globe": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3.5 9.5h17M3.5 14.5h17M12 3c-5 5.5-5 12.5 0 18M12 3c5 5.5 5 12.5 0 18",
    "logout": "M14 4H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h8M10 12h11M17.5 8.5 21 12l-3.5 3.5",
    "plus": "M12 5v14M5 12h14",
    "check": "M5 12.5l4.5 4.5L19 7.5",
    "close": "M6 6l12 12M18 6 6 18",
    "warning": "M12 4 2.8 19.5h18.4zM12 10v4.5M12 17v.2",
    "info": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5.5M12 7.5v.2",
    "shield": "M12 3l7.5 2.8v5.7c0 4.600-3.1 7.900-7.5 9.5-4.4-1.600-7.5-4.900-7.5-9.5V5.8zM8.5 12l2.5 2.5 4.5-5",
    "clock": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5.2l3.3 2",
    "arrow": "M5 12h14M13 6l6 6-6 6",
    "back": "M19 12H5M11 6l-6 6 6 6",
    "copy": "M9 9h11v11H9zM5 15H4V4h11v1",
    "key": "M8 11a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM11.2 12.3 20 3.5M16.5 7l3 3",
    "trash": "M4 7h16M9.5 7V4h5v3M6.5 7l1 13h9l1-13M10.5 11v5.5M13.5 11v5.5",
    "pause": "M8 5v14M16 5v14",
    "play": "M7 4.5v15l12-7.5z",
    "down": "M6 9l6 6 6-6",
    "menu": "M4 7h16M4 12h16M4 17h16",
    "refresh": "M20 5v5h-5M4 19v-5h5M5 9.5a8 8 0 0 1 14-2.5l1 3M19 14.5A8 8 0 0 1 5 17l-1-3",
    "send": "M21 3 10.5 13.5M21 3l-6.5 18-4-7.5L3 9.5z",
    "edit": "M4 20h4L19.5 8.5l-4-4L4 16zM13 7l4 4",
    "star": "M12 4l2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8z",
    "lock": "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
    "bolt": "M13 3 5 13.5h6L10 21l8-10.5h-6z",
    "webhook": "M5 19a3 3 0 1 0 3-3M9.5 16.5l4-7.5M12 4.5a3 3 0 1 0 2 5M19 19a3 3 0 1 0-2.600-4.5M15 9.5l3 5M8 19h8",
    "user": "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20.5c1-3.7 3.900-5.5 7.5-5.5s6.5 1.8 7.5 5.5",
    "stop": "M5 5h14v14H5z",
    "filter": "M4 5h16l-6.5 8v6l-3-1.5V13z",
}


def favicon(_request: HttpRequest) -> str:
    """The address of the site's icon, for the admin's theme."""
    return static("img/favicon.svg")
