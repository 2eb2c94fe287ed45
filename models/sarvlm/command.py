"""What the commands share: their name in the help, and one line instead of a stack trace for a user's mistake."""
import argparse
import contextlib
from collections.abc import Iterator


class Refusal(ValueError):
    """A file, folder or option that cannot be used; the message names it and the cause."""


def command(name: str, description: str) -> argparse.ArgumentParser:
    """The parser of `python -m sarvlm.NAME`, whose help is the module's own text."""
    return argparse.ArgumentParser(prog=f"python -m sarvlm.{name}", description=description,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)


@contextlib.contextmanager
def plainly(parser: argparse.ArgumentParser) -> Iterator[None]:
    """End with exit code 1 and the message alone where a file is absent, unreadable or refused. Other errors are faults of the
    recipe, and keep their stack trace."""
    try:
        yield
    except (OSError, Refusal) as error:
        parser.exit(1, f"{parser.prog.removeprefix('python -m ')}: {error}\n")


def positive(text: str) -> int:
    """argparse type: a whole number of at least one."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number of at least 1")
    return int(text)
