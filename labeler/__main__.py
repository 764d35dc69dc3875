"""``labeler`` and ``python -m labeler``: the command line."""

from labeler.sandbox.import_path import leave_current_folder


def main() -> None:
    """Run the command line; nothing is imported from the folder that it is run in."""
    leave_current_folder()
    from labeler.cli import main as run_command_line

    run_command_line()


if __name__ == "__main__":
    main()
