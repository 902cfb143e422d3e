"""Internet addresses, version 4 and 6."""

import ipaddress
from typing import Any

from anonymize.scrub.recognizers.base import RuleRecognizer, Span, compile_rule
from schemas.entities import Entity


def _v4(match: Any, start: int, end: int) -> Span | None:
    octets = [int(octet) for octet in match.string[start:end].split(".")]
    is_address = all(octet <= 255 for octet in octets) and octets[0] > 0 and max(octets) > 9
    return (start, end, 0.8) if is_address else None


def _v6(match: Any, start: int, end: int) -> Span | None:
    try:
        ipaddress.IPv6Address(match.string[start:end])
    except ValueError:
        return None
    return start, end, 0.9


class IpAddresses(RuleRecognizer):
    """Addresses of machines; chapter and version numbers such as `1.2.3.4` are none."""

    ENTITY = Entity.IP
    rules = (
        compile_rule("version 4", r"(?<![\w.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![\w]|\.[0-9])", 0.8, _v4),
        compile_rule(
            "version 6",
            r"(?<![\w:.])(?=[0-9a-f:]*[0-9a-f]{2})[0-9a-f]{1,4}:[0-9a-f]{0,4}:[0-9a-f:]{1,32}(?![\w])",
            0.9,
            _v6,
        ),
    )
