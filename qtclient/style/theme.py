# SPDX-License-Identifier: GPL-3.0-only
"""The colours of the window in light and dark, and the following of the system's scheme. GUI thread."""

import colorsys
import functools
from typing import Literal

import msgspec
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QGuiApplication, QPalette

Choice = Literal["system", "light", "dark"]
CONTRAST = 4.5  # WCAG AA for text of normal size
_SATURATION = 0.48  # calm: colours of plaster and glazed tiles, not of a dashboard


class Colors(msgspec.Struct, frozen=True, kw_only=True):
    """One theme. Every colour of words reads at 4.5:1 or better on every ground it is used on."""

    dark: bool
    bg: str
    panel: str
    line: str
    text: str
    muted: str
    accent: str
    on_accent: str
    own: str
    mention: str
    found: str
    hover: str
    ok: str
    warn: str
    error: str
    link: str

    @property
    def grounds(self) -> tuple[str, ...]:
        """What names and words are painted on."""
        return (self.bg, self.panel, self.own, self.mention, self.hover)


LIGHT = Colors(
    dark=False,
    bg="#FFFFFF",
    panel="#F5F3F0",
    line="#E2DED8",
    text="#1D1B19",
    muted="#655F58",
    accent="#A8481F",
    on_accent="#FFFFFF",
    own="#FBEFE8",
    mention="#FFF3C4",
    found="#FFCB45",
    hover="#ECE8E3",
    ok="#276F45",
    warn="#8A5A00",
    error="#B3261E",
    link="#1F5FA8",
)
DARK = Colors(
    dark=True,
    bg="#191817",
    panel="#211F1D",
    line="#35322E",
    text="#ECE8E3",
    muted="#A59D93",
    accent="#E58A5C",
    on_accent="#1D1B19",
    own="#2E241E",
    mention="#3D3519",
    found="#7C630A",
    hover="#2C2926",
    ok="#6CC28E",
    warn="#E0B050",
    error="#F2877F",
    link="#7FB2EE",
)


def chosen(choice: Choice) -> Colors:
    """The colours for that choice; `system` asks Qt, and where it does not know, the palette."""
    if choice != "system":
        return DARK if choice == "dark" else LIGHT
    hints = QGuiApplication.styleHints()
    scheme = hints.colorScheme() if hints else Qt.ColorScheme.Unknown
    if scheme == Qt.ColorScheme.Unknown:
        return DARK if QGuiApplication.palette().window().color().lightness() < 128 else LIGHT
    return DARK if scheme == Qt.ColorScheme.Dark else LIGHT


def contrast(one: str, other: str) -> float:
    """The WCAG contrast of two colours, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(ground: str, ink: str, share: float) -> str:
    """`ground` with `share` (0 to 1) of `ink` in it."""
    pairs = zip(_channels(ground), _channels(ink), strict=True)
    return _hex(tuple(low + (high - low) * share for low, high in pairs))


@functools.cache
def sender(hue: int, colors: Colors) -> str:
    """The colour of somebody's name and circle. `hue`: in degrees, 0 to 359."""
    steps = range(40, 101) if colors.dark else range(60, -1, -1)
    for percent in steps:
        found = _hex(colorsys.hls_to_rgb(hue / 360, percent / 100, _SATURATION))
        if all(contrast(found, ground) >= CONTRAST for ground in colors.grounds):
            return found
    return colors.text


def palette(colors: Colors) -> QPalette:
    """The same colours for everything Qt paints by itself."""
    made = QPalette()
    roles = QPalette.ColorRole
    for role, value in (
        (roles.Window, colors.panel),
        (roles.WindowText, colors.text),
        (roles.Base, colors.bg),
        (roles.AlternateBase, colors.panel),
        (roles.Text, colors.text),
        (roles.PlaceholderText, colors.muted),
        (roles.Button, colors.panel),
        (roles.ButtonText, colors.text),
        (roles.BrightText, colors.error),
        (roles.Highlight, colors.accent),
        (roles.HighlightedText, colors.on_accent),
        (roles.Link, colors.link),
        (roles.ToolTipBase, colors.panel),
        (roles.ToolTipText, colors.text),
        (roles.Light, colors.bg),
        (roles.Mid, colors.line),
        (roles.Dark, colors.line),
        (roles.Shadow, colors.line),
    ):
        made.setColor(role, QColor(value))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(colors.muted))
    return made


def _luminance(color: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _channels(color)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(color: str) -> tuple[float, float, float]:
    return (int(color[1:3], 16) / 255, int(color[3:5], 16) / 255, int(color[5:7], 16) / 255)


def _hex(channels: tuple[float, ...]) -> str:
    return "#" + "".join(f"{round(part * 255):02X}" for part in channels)
