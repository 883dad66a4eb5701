# SPDX-License-Identifier: GPL-3.0-only
"""The chat window. GPL-3.0-only, as PyQt6 demands; see qtclient/LICENSE."""
