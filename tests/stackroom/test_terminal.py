"""What is printed is what is meant: no name is taken for a style."""

from __future__ import annotations

from stackroom import terminal


def test_brackets_in_a_name_survive_a_table() -> None:
    with terminal.out.capture() as written:
        terminal.print_table(("file",), [("[red]a[bold].JPG",), ("odd[/red]name.JPG",)])
    assert "[red]a[bold].JPG" in written.get()
    assert "odd[/red]name.JPG" in written.get()
