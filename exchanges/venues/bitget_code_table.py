"""Bitget's error codes by what they mean to us. The words beside them are the documentation's, which is `bitget_codes`' source.

Not in its present tables, but answered and met in public threads or named by clients that others wrote: 1001, 40004, 40099, 40604,
40708, 40711, 40712, 40736–40742, 40768, 40774, 40786, 40797, 40819.
"""

from collections.abc import Iterable

from exchanges.errors import RefusalKind

# The exchange took the request and does not say what became of it, or asks to try again.
UNKNOWN = frozenset(
    {
        "40010",  # Request timed out
        "40725",  # service return an error
        "45001",  # Unknown error
        "40015",  # System is abnormal, please try again later
        "40200",  # Server upgrade, please try again later
        "40604",  # Server is busy
        "40908",  # Concurrent operation failed
        "40910",  # Operation timed out
        "43002",  # Pending order failed
        "43003",  # Pending order failed
        "43059",  # Request failed, please try again
        "45023",  # Error creating order
        "45024",  # Cancel order error
        "25000",  # System error, please try again later
        "25001",  # Operation timed out
        "25003",  # Concurrent operation, please retry
        "25239",  # Closing failed, please try again later
        "25653",  # The order has been changed. Please try again later
        "50031",  # System error
    }
)

_K = RefusalKind
_BY_KIND: dict[RefusalKind, str] = {
    # key, passphrase, signature, address, rights; environments mixed up (40099); KYC asked for; account frozen
    _K.CREDENTIALS: """40001 40002 40003 40006 40009 40011 40012 40013 40014 40016 40018 40022 40023 40024 40025 40026 40031 40035
        40036 40037 40038 40040 40041 40049 40068 40099 40101 40752 40753 40760 40916 25005 25006 25007 25620 49000 50012 50019""",
    _K.CLOCK: "40004 40005 40008 40078",
    # restricted countries and addresses of such
    _K.REGION: "40000 40100 40103 40104 40111",
    _K.INSUFFICIENT_MARGIN: """40711 40712 40754 40756 40762 40798 40800 43012 43132 45002 45004 45008 45120 50020
        25202 25203 25219 25230""",
    _K.BELOW_MINIMUM: "22034 43006 43010 43027 43037 43042 45110 45111 45114 50016 25207 25611",
    # steps, ticks, largest sizes
    _K.MARKET_RULES: """22038 43007 43028 43038 43041 45035 45112 45113 45115 25208 25241 25244 25567 25606 25607 25610""",
    _K.LEVERAGE: """22020 40797 40893 40914 40921 43050 45044 45045 45047 40730 45097 40880 25223 25228 25233""",
    _K.UNKNOWN_SYMBOL: "22004 40072 40102 40309 40845 41113 42016 50024 50028 25013 25100 25104",
    # one-way and hedge mixed up: "The order type for unilateral position must also be the unilateral position type"
    _K.POSITION_MODE: "40774 43075 45018 45020 45021 45109 25236 25237",
    # nothing, or less, to close; TP/SL without a position
    _K.REDUCE_ONLY: """22002 31008 40717 40755 40757 40804 40837 40891 43023 43029 43043 45003 45005 45006 45014 45068
        25225 25226 25227 25231 25595 25601""",
    # the price has reached the stop or target already
    _K.WOULD_TRIGGER: """31004 31005 40736 40738 40740 40742 40830 40832 40834 40836 40915 40917 43013 43014 43015 43016 43034 43035
        45060 45061 45062 45122 25585 25586 25587 25588 25589 25590 25591 25592 25650 25651 25652""",
    _K.DUPLICATE: "40708 40786 43118 45034 50060 25212",
    _K.NOT_FOUND: "22001 31007 40109 40768 40819 43001 43004 43020 43021 43025 43026 45057 25204 25575 25577 25578 25597",
    _K.RATE_LIMIT: "1001 25004 40047 45129",
    _K.NOTHING_TO_CHANGE: "40814 45054",
    # documented refusals of a request that ask for nothing of ours: malformed parameters, markets that pause, full order books of ours
    _K.OTHER: """00171 00172 22003 22005 22039 22040 22041 22043 22045 40007 40017 40019 40020 40034 40053 40057 40058 40059 40064
        40304 40305 40402 40404 40706 40715 40716 40721 40722 40723 40724 40761 40805 40811 40812 40813 40824 40826 40829 40831 40833
        40835 40844 40889 40890 40895 40913 40920 40924 40928 40930 40931 40939 41002 41100 41101 41103 41114 43005 43008 43009
        43011 43024 43030 43031 43049 43058 43071 43111 43115 43119 43120 43123 43128 45009 45026 45043 45051 45052 45055 45056 45064
        45065 45066 45067 45099 45100 45107 45108 45116 45117 45118 45119 45121 45123 45127 48001 48002 400172
        25002 25008 25012 25101 25102 25103 25105 25106 25107 25108 25200 25205 25206 25209 25210 25211 25229 25232 25235 25238 25240
        25242 25243 25245 25574 25579 25580 25581 25582 25583 25584 25593 25594 25596 25598 25599 25602 25603 25604 25605 25608 25609
        25612""",
}

# A few codes stand for more than one thing, which the message tells.
BY_MESSAGE = {
    ("40034", "parameter"): _K.UNKNOWN_SYMBOL,  # "Parameter BTCXUSDT does not exist"
    ("40808", "scale"): _K.MARKET_RULES,  # "… size checkBDScale error value=2293.577 checkScale=2"
    ("41103", "scale"): _K.MARKET_RULES,  # "param price scale error"
    ("40017", "holdside"): _K.POSITION_MODE,
    ("40020", "holdside"): _K.POSITION_MODE,
    ("43011", "holdside"): _K.POSITION_MODE,
    ("400172", "holdside"): _K.POSITION_MODE,
    ("400172", "tradeside"): _K.POSITION_MODE,
    ("25200", "posside"): _K.POSITION_MODE,
}


def _rows(by_kind: dict[RefusalKind, str]) -> Iterable[tuple[str, RefusalKind]]:
    for kind, codes in by_kind.items():
        for code in codes.split():
            yield code, kind


REFUSED = dict(_rows(_BY_KIND))
