# SPDX-License-Identifier: GPL-3.0-only
"""The style sheet of the window, made from the colours of a theme. Pure text; no thread."""

from loggia.qtclient.style.theme import Colors, mixed

FOCUS_RING_PX = 2
TARGET_PX = 28  # nothing that can be pressed is smaller


def stylesheet(colors: Colors) -> str:
    """For the whole application; object names are those the widgets give themselves."""
    c = colors
    pressed = mixed(c.accent, c.text, 0.15)
    hovered = mixed(c.accent, c.text, 0.08)
    handle = mixed(c.panel, c.muted, 0.35)
    return f"""
QMainWindow, QDialog, #middle {{ background: {c.bg}; }}
#sidebar, #people, #thread, QFrame#status, #composer, #banner {{ background: {c.panel}; }}
#sidebar {{ border: none; border-right: 1px solid {c.line}; }}
#people, #thread {{ border: none; border-left: 1px solid {c.line}; }}
#header, #threadhead {{ border: none; border-bottom: 1px solid {c.line}; background: {c.bg}; }}
QFrame#status {{ border: none; border-top: 1px solid {c.line}; }}
#composer {{ border: none; border-top: 1px solid {c.line}; }}
#details {{ background: {c.panel}; border: 1px solid {c.line}; }}
#muted, #hint {{ color: {c.muted}; }}
#hint[tone="error"] {{ color: {c.error}; }}
#hint[tone="warn"] {{ color: {c.warn}; }}
#section {{ color: {c.muted}; }}
#accent {{ color: {c.accent}; }}
#change QLabel {{ color: {c.accent}; font-weight: 600; }}

QListView {{ background: transparent; border: {FOCUS_RING_PX}px solid transparent; outline: none; }}
#timeline {{ background: {c.bg}; border: none; }}

QPlainTextEdit, QLineEdit {{
    background: {c.bg}; color: {c.text}; border: {FOCUS_RING_PX}px solid {c.line}; border-radius: 8px;
    padding: 6px 8px; selection-background-color: {c.accent}; selection-color: {c.on_accent};
}}
QPlainTextEdit, QLineEdit {{ placeholder-text-color: {c.muted}; }}
QLineEdit {{ min-height: {TARGET_PX - 12}px; }}
QPlainTextEdit:focus, QLineEdit:focus {{ border-color: {c.accent}; }}

QPushButton {{
    background: {c.panel}; color: {c.text}; border: {FOCUS_RING_PX}px solid {c.line}; border-radius: 8px;
    padding: 6px 14px; outline: none;
}}
QPushButton:hover {{ background: {c.hover}; }}
QPushButton:focus {{ border-color: {c.accent}; }}
QPushButton:disabled {{ color: {c.muted}; }}
QPushButton#primary, QPushButton#newer, QPushButton#mention {{
    background: {c.accent}; color: {c.on_accent}; border-color: {c.accent}; font-weight: 600;
}}
QPushButton#primary:hover, QPushButton#newer:hover, QPushButton#mention:hover {{ background: {hovered}; }}
QPushButton#primary:pressed, QPushButton#newer:pressed, QPushButton#mention:pressed {{
    background: {pressed};
}}
QPushButton#primary:focus, QPushButton#newer:focus, QPushButton#mention:focus {{ border-color: {c.text}; }}
QPushButton#primary:disabled {{ background: {c.line}; border-color: {c.line}; color: {c.muted}; }}
QPushButton#newer, QPushButton#mention, QPushButton#back {{
    border-radius: 14px; padding: 4px 16px; min-height: {TARGET_PX - 12}px;
}}

QLabel#edge {{
    background: {c.panel}; color: {c.muted}; border: 1px solid {c.line}; border-radius: 10px;
    padding: 5px 16px;
}}

QRadioButton, QCheckBox {{
    outline: none; border: {FOCUS_RING_PX}px solid transparent; border-radius: 8px; padding: 2px 6px;
    spacing: 8px; min-height: {TARGET_PX - 8}px;
}}
QRadioButton:focus, QCheckBox:focus {{ border-color: {c.accent}; }}
QRadioButton::indicator {{
    width: 12px; height: 12px; border: 2px solid {c.muted}; border-radius: 8px; background: {c.bg};
}}
QRadioButton::indicator:checked {{
    border-color: {c.accent};
    background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5,
        stop: 0 {c.accent}, stop: 0.45 {c.accent}, stop: 0.55 {c.bg}, stop: 1 {c.bg});
}}
QCheckBox::indicator {{
    width: 14px; height: 14px; border: 2px solid {c.muted}; border-radius: 5px; background: {c.bg};
}}
QCheckBox::indicator:checked {{ border-color: {c.accent}; background: {c.accent}; }}
QComboBox {{
    background: {c.bg}; color: {c.text}; border: {FOCUS_RING_PX}px solid {c.line}; border-radius: 8px;
    padding: 4px 8px; min-height: {TARGET_PX - 8}px;
}}
QComboBox:hover {{ background: {c.hover}; }}
QComboBox:focus {{ border-color: {c.accent}; }}
QComboBox::drop-down {{ border: none; width: 24px; }}
QComboBox::down-arrow {{ image: none; }}

QToolButton {{
    background: transparent; color: {c.muted}; border: {FOCUS_RING_PX}px solid transparent;
    border-radius: 8px; padding: 2px; min-width: {TARGET_PX - 8}px; min-height: {TARGET_PX - 8}px;
}}
QToolButton:hover {{ background: {c.hover}; color: {c.text}; }}
QToolButton:focus {{ border-color: {c.accent}; }}
QToolButton#rooms {{ color: {c.accent}; font-weight: 600; }}
QToolButton::menu-indicator {{ image: none; }}
QToolButton#goto {{
    background: {c.bg}; border: {FOCUS_RING_PX}px solid {c.line}; padding: 2px 8px; text-align: left;
}}
QToolButton#goto:hover {{ color: {c.text}; }}
QToolButton#goto:focus {{ border-color: {c.accent}; }}

#days QAbstractItemView {{
    background: {c.bg}; color: {c.text}; border: none; outline: none;
    selection-background-color: {c.accent}; selection-color: {c.on_accent};
}}
#days QAbstractItemView:disabled {{ color: {mixed(c.bg, c.muted, 0.5)}; }}
#days #qt_calendar_navigationbar {{ background: {c.bg}; }}
#days QToolButton {{ color: {c.text}; font-weight: 600; padding: 2px 6px; min-height: {TARGET_PX - 8}px; }}
#offers, #rowbar, #signs, #days {{ background: {c.bg}; border: 1px solid {c.line}; border-radius: 8px; }}
#signs QToolButton {{ min-width: {TARGET_PX}px; min-height: {TARGET_PX}px; }}
#signs QToolButton:checked {{ background: {c.own}; border-color: {c.accent}; }}
#answering {{ background: {c.panel}; border: none; border-top: 1px solid {c.line}; }}

QDialog QListWidget:focus {{ border-color: {c.accent}; border-radius: 8px; }}
QListWidget::item {{
    min-height: {TARGET_PX + 4}px; padding-left: 10px; border-radius: 6px; color: {c.text};
}}
QListWidget::item:hover {{ background: {c.panel}; }}
QListWidget::item:selected {{ background: {c.hover}; color: {c.text}; }}

QMenu {{ background: {c.bg}; color: {c.text}; border: 1px solid {c.line}; padding: 4px; }}
QMenu::item {{ padding: 6px 24px 6px 12px; border-radius: 4px; min-height: {TARGET_PX - 12}px; }}
QMenu::item:selected {{ background: {c.hover}; }}
QMenu::item:disabled {{ color: {c.muted}; }}
QMenu::separator {{ height: 1px; background: {c.line}; margin: 4px 8px; }}
QToolTip {{ background: {c.panel}; color: {c.text}; border: 1px solid {c.line}; padding: 4px; }}

QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {handle}; border-radius: 3px; min-height: 32px; margin: 2px; }}
QScrollBar::handle:vertical:hover {{ background: {c.muted}; }}
QScrollBar::handle:vertical:disabled {{ background: transparent; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""
