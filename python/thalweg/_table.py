"""A list of mappings that shows itself as a table."""

from html import escape


class Table(list):
    """A list of mappings, one a row.

    ``columns`` are those that are shown; the mappings may hold more.
    """

    def __init__(self, rows=(), columns=None):
        super().__init__(rows)
        self.columns = list(columns) if columns is not None else list(self[0] if self else ())

    def to_pandas(self):
        """The rows as a ``pandas.DataFrame``; needs pandas."""
        import pandas

        return pandas.DataFrame(list(self))

    def _cells(self):
        return [[_figure(row.get(column)) for column in self.columns] for row in self]

    def __str__(self):
        lines = [self.columns, *self._cells()]
        widths = [max(len(line[k]) for line in lines) for k in range(len(self.columns))]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)

    def _repr_html_(self):
        return html(self.columns, self._cells())


def html(header, rows, caption=None):
    """A table in HTML that takes its colours from the page around it, light or dark."""
    line = (
        "border-bottom:1px solid color-mix(in srgb, currentColor 25%, transparent);padding:.25em .75em;text-align:right"
    )
    cells = "".join(f"<th scope='col' style='{line}'>{escape(name)}</th>" for name in header)
    body = "".join(
        "<tr>" + "".join(f"<td style='{line}'>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    title = (
        "" if caption is None else f"<caption style='text-align:left;padding:.25em .75em'>{escape(caption)}</caption>"
    )
    return (
        "<table style='border-collapse:collapse;background:transparent;color:inherit'>"
        f"{title}<thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"
    )


def _figure(value):
    """Four digits; a dash for what is missing."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)
