# SPDX-License-Identifier: GPL-3.0-only
"""The dictionary of this computer's language, if there is one. GUI thread, once at the start.

`pyenchant` is an extra that nobody needs: where it, its library or the dictionary is missing, there is none.
"""

import importlib
from typing import cast

from loggia.qtclient.state.spelling import Dictionary


def dictionary(language: str, module: str = "enchant") -> Dictionary | None:
    """Of a language as `de_AT`, or of the same without a country."""
    try:
        enchant = importlib.import_module(module)
        for tag in dict.fromkeys((language, language.partition("_")[0])):
            if enchant.dict_exists(tag):
                return cast(Dictionary, enchant.Dict(tag))
    except Exception:  # of whatever kind: a library of others that does not work is as good as none
        return None
    return None
