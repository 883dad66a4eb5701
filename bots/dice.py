"""Rolls dice: say `!roll 2d6` or `!help`. Ends with Ctrl+C. LOGGIA_REQUESTS names another broker."""

import random

from loggia import Bot, script

bot = Bot("dice", max_age_s=60)


@bot.command("!roll")
def roll(dice: str = "1d6") -> str:
    """Roll dice: `!roll 2d6` rolls two with six sides."""
    count, sides = (int(part or 1) for part in dice.split("d"))
    rolls = [random.randint(1, sides) for _ in range(min(count, 100))]
    return f"{' + '.join(map(str, rolls))} = {sum(rolls)}" if rolls else "Roll at least one."


if __name__ == "__main__":
    with script():
        bot.run()
