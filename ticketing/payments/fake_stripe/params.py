"""
Read form bodies, and check them against the SDK's own parameter types.

Stripe sends nested parameters as `a[b][c]=1` and `a[0]=x`. A name that the types of the pinned
version do not have is refused as Stripe refuses it, and so is a value of the wrong kind.
"""

import re
import sys
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qsl

from stripe.params import (
    BalanceTransactionListParams,
    DisputeCloseParams,
    PaymentIntentCancelParams,
    PaymentIntentConfirmParams,
    PaymentIntentCreateParams,
    PaymentIntentListParams,
    RefundCreateParams,
    RefundListParams,
)
from stripe.params.checkout import SessionCreateParams, SessionExpireParams
from typing_extensions import is_typeddict  # the SDK makes its types with this package

from ticketing.payments.fake_stripe.errors import invalid

CALL_OPTIONS: Final = {
    "api_key",
    "stripe_version",
    "stripe_account",
    "stripe_context",
    "max_network_retries",
    "idempotency_key",
    "content_type",
    "headers",
}
"""What the types hold beside the parameters: options of the call."""

SHAPES: Final[dict[str, type]] = {
    "payment_intents.create": PaymentIntentCreateParams,
    "payment_intents.confirm": PaymentIntentConfirmParams,
    "payment_intents.cancel": PaymentIntentCancelParams,
    "payment_intents.list": PaymentIntentListParams,
    "refunds.create": RefundCreateParams,
    "refunds.list": RefundListParams,
    "checkout.sessions.create": SessionCreateParams,
    "checkout.sessions.expire": SessionExpireParams,
    "disputes.close": DisputeCloseParams,
    "balance_transactions.list": BalanceTransactionListParams,
}

REMOVED: Final = {
    "payment_intents.create": {"payment_method_types": "payment_method_types_no_longer_supported"},
    "payment_intents.confirm": {"payment_method_types": "payment_method_types_no_longer_supported"},
    "checkout.sessions.create": {"payment_method_types": "parameter_unknown"},
}
"""Since 2026-09-30.endive (Stripe's changelog)."""

LEAST, MOST = 50, 99_999_999
"""What Stripe charges in yen."""

WHOLE: Final = re.compile(r"-?\d+\Z")


def tree(body: str) -> dict[str, Any]:
    """Return the nested parameters of a form body."""
    out: dict[str, Any] = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        keys = re.findall(r"[^\[\]]+", name)
        here = out
        for key in keys[:-1]:
            step = here.setdefault(key, {})
            if not isinstance(step, dict):
                raise invalid(f"Invalid parameter: {name}", "parameter_invalid_hash", name)
            here = step
        last = keys[-1] if keys else name
        if name.endswith("[]"):
            rows = here.setdefault(last, {})
            rows[str(len(rows))] = value
        else:
            here[last] = value
    return out


def check(call: str, given: dict[str, Any]) -> None:
    """
    Refuse parameters that the pinned version does not take.

    Raises:
        Refusal: `parameter_unknown`, `parameter_missing`, `parameter_invalid_…`, or the code of
            a removed parameter.

    """
    for name, code in REMOVED.get(call, {}).items():
        if name in given:
            raise invalid(
                f"The `{name}` parameter is no longer supported. Use "
                "`allowed_payment_method_types` or dynamic payment methods.",
                code,
                name,
            )
    shape = SHAPES[call]
    _check_fields(shape, given, "")
    for name in sorted(getattr(shape, "__required_keys__", ())):
        if name not in given and name not in CALL_OPTIONS:
            raise invalid(f"Missing required param: {name}.", "parameter_missing", name)


@cache
def _hints(shape: type) -> dict[str, Any]:
    names = {
        "Mapping": Mapping,
        "StripeContext": str,
        "UntypedStripeObject": dict,
        "Any": Any,
    }
    return typing.get_type_hints(shape, vars(sys.modules[shape.__module__]), names)


def _check_fields(shape: type, given: dict[str, Any], path: str) -> None:
    hints = _hints(shape)
    for name, value in given.items():
        full = f"{path}[{name}]" if path else name
        if name not in hints or (not path and name in CALL_OPTIONS):
            raise invalid(f"Received unknown parameter: {full}", "parameter_unknown", full)
        _check_value(hints[name], value, full)


def _check_value(hint: Any, value: Any, path: str) -> None:
    options = typing.get_args(hint) if _is_union(hint) else (hint,)
    if any(option is str or option is Any for option in options):
        return
    shapes = [option for option in options if is_typeddict(option)]
    lists = [option for option in options if typing.get_origin(option) is list]
    if isinstance(value, dict):
        if lists:
            item = typing.get_args(lists[0])[0]
            for index, row in value.items():
                _check_value(item, row, f"{path}[{index}]")
        elif shapes:
            _check_fields(shapes[0], value, path)
        elif not any(typing.get_origin(option) is dict or option is dict for option in options):
            raise invalid(f"Invalid object: {path}", "parameter_invalid_hash", path)
        return
    if int in options and not WHOLE.match(str(value)):
        raise invalid(f"Invalid integer: {value}", "parameter_invalid_integer", path)
    if options == (bool,) and value not in {"true", "false"}:
        raise invalid(f"Invalid boolean: {value}", "parameter_invalid_boolean", path)
    if (shapes or lists) and value != "":
        raise invalid(f"Invalid object: {path}", "parameter_invalid_hash", path)


def _is_union(hint: Any) -> bool:
    return typing.get_origin(hint) in {typing.Union, types.UnionType}


def yen(value: Any, currency: Any, path: str) -> int:
    """
    Return an amount that Stripe would charge.

    Raises:
        Refusal: Another currency than yen, no whole number, too little or too much.

    """
    if str(currency).lower() != "jpy":
        raise invalid(f"Invalid currency: {currency}", "parameter_invalid", "currency")
    if not WHOLE.match(str(value)):
        raise invalid(f"Invalid integer: {value}", "parameter_invalid_integer", path)
    amount = int(value)
    if amount < LEAST:
        raise invalid("Amount must be at least ¥50 jpy", "amount_too_small", path)
    if amount > MOST:
        raise invalid("Amount must be no more than ¥99,999,999", "amount_too_large", path)
    return amount
