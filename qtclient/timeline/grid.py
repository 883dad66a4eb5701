# SPDX-License-Identifier: GPL-3.0-only
"""Where things stand in every row: the columns and gaps that its parts share, in pixels."""

SIDE_PX = 16
CIRCLE_PX = 36
TEXT_LEFT_PX = SIDE_PX + CIRCLE_PX + 12
SIGN_PX = 16
SIGN_COLUMN_PX = SIGN_PX + 8
GAP_PX = 6  # half of the 12 px between two senders; the other half belongs to the ground of own rows
LINE_PX = 2  # between two messages of one sender
CARD_PX = 12  # around the words of a card
