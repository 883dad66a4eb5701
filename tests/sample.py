"""One value of any struct of ours, made from its types alone: who walks all kinds needs no list of them."""

from typing import Any

import msgspec
from msgspec import inspect


def sample(kind: type[Any], **fields: Any) -> Any:
    """A `kind` with `fields`; what has no default has the simplest value of its type."""
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType), kind
    return kind(**{field.name: _value(field.type) for field in described.fields if field.required} | fields)


def _value(described: inspect.Type) -> Any:
    match described:
        case inspect.StrType():
            return "lobby"
        case inspect.IntType():
            return max(1, described.ge or 0)
        case inspect.FloatType():
            return 1.0
        case inspect.BoolType():
            return False
        case inspect.BytesType() | inspect.RawType():
            return msgspec.Raw(b"{}")
        case inspect.NoneType():
            return None
        case inspect.LiteralType():
            return described.values[0]
        case inspect.UnionType():
            return _value(described.types[0])
        case inspect.StructType():
            return sample(described.cls)
        case inspect.DictType():
            return {}
        case inspect.ListType() | inspect.VarTupleType() | inspect.SetType():
            return []
    raise AssertionError(f"no sample of {described}")
