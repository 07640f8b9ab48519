"""Statements of invented banks, drawn as PDF for the tests: what is drawn is known, so what is read can be compared."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

LEFT, RIGHT = "left", "right"
#: (day, details lines, amount, balance) as printed; amount signed by the layout.
Cells = Sequence[str | Sequence[str]]


@dataclass
class Bank:
    """How one bank prints: columns (heading, x, side), what stands above and below the table on every page."""

    columns: Sequence[tuple[str, float, str]]
    above: Callable[[int, int], Sequence[str]] = lambda page, of: ()
    below: Callable[[int, int], Sequence[str]] = lambda page, of: ()
    size: float = 9
    leading: float = 13
    rows: int = 12
    top: float = 130
    width: float = 595
    height: float = 842
    chinese: bool = False
    rotate: int = 0
    more: Callable[[Canvas, int], None] = field(default=lambda canvas, page: None)


def pages_of(bank: Bank, lines: Sequence[Cells]) -> list[list[tuple[str, float, float, str]]]:
    """Place every text: (text, x, y from above, side)."""
    chunks = [lines[at : at + bank.rows] for at in range(0, max(len(lines), 1), bank.rows)]
    pages = []
    for number, chunk in enumerate(chunks, 1):
        put = [(text, 50.0, 40 + 12.0 * at, LEFT) for at, text in enumerate(bank.above(number, len(chunks)))]
        put += [
            (text, 50.0, bank.height - 40 + 12.0 * at, LEFT) for at, text in enumerate(bank.below(number, len(chunks)))
        ]
        y = bank.top
        put += [(heading, x, y, side) for heading, x, side in bank.columns]
        for cells in chunk:
            y += bank.leading
            deepest = 0
            for (_, x, side), cell in zip(bank.columns, cells, strict=True):
                texts = [cell] if isinstance(cell, str) else list(cell)
                put += [(text, x, y + at * bank.size * 1.15, side) for at, text in enumerate(texts) if text]
                deepest = max(deepest, len(texts) - 1)
            y += deepest * bank.size * 1.15
        pages.append(put)
    return pages


def draw(bank: Bank, lines: Sequence[Cells]) -> bytes:
    return _matplotlib(bank, lines) if bank.chinese else _reportlab(bank, lines)


def _reportlab(bank: Bank, lines: Sequence[Cells]) -> bytes:
    out = io.BytesIO()
    wide, high = (bank.height, bank.width) if bank.rotate in {90, 270} else (bank.width, bank.height)
    canvas = Canvas(out, pagesize=(bank.width, bank.height), invariant=1)  # reportlab turns the media box itself
    for number, put in enumerate(pages_of(bank, lines), 1):
        canvas.setPageRotation(bank.rotate)
        if bank.rotate == 90:  # the page is turned clockwise when shown: what is drawn is turned back
            canvas.transform(0, 1, -1, 0, wide, 0)
        elif bank.rotate == 180:
            canvas.transform(-1, 0, 0, -1, wide, high)
        elif bank.rotate == 270:
            canvas.transform(0, -1, 1, 0, 0, high)
        canvas.setFont("Helvetica", bank.size)
        for text, x, y, side in put:
            (canvas.drawString if side == LEFT else canvas.drawRightString)(x, bank.height - y, text)
        bank.more(canvas, number)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _matplotlib(bank: Bank, lines: Sequence[Cells]) -> bytes:
    import noto_cjk_sans_otc
    from matplotlib import rc_context
    from matplotlib.backends.backend_pdf import FigureCanvasPdf, PdfPages
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    face = Path(noto_cjk_sans_otc.__file__).with_name("NotoSansCJK-Regular.ttc")
    font = FontProperties(fname=str(face), size=bank.size)
    out = io.BytesIO()
    with (
        rc_context({"pdf.fonttype": 42, "text.parse_math": False}),
        PdfPages(out, metadata={"CreationDate": None}) as book,
    ):
        for put in pages_of(bank, lines):
            figure = Figure(figsize=(bank.width / 72, bank.height / 72))
            FigureCanvasPdf(figure)
            for text, x, y, side in put:
                figure.text(x / bank.width, 1 - y / bank.height, text, ha=side, va="baseline", fontproperties=font)
            book.savefig(figure)
    return out.getvalue()


def english(**more: object) -> Bank:
    """Day printed once, text on two lines, two amount columns."""
    return Bank(
        [
            ("Date", 50, LEFT),
            ("Details", 110, LEFT),
            ("Paid out", 375, RIGHT),
            ("Paid in", 455, RIGHT),
            ("Balance", 540, RIGHT),
        ],
        lambda page, of: ("Quay Bank plc", "Account number: 20998812345678   Sort code 20-99-88", "Currency: GBP"),
        lambda page, of: (f"Page {page} of {of}", "Quay Bank plc. Registered office 1 Nowhere Quay."),
        **more,  # type: ignore[arg-type]
    )


def german(**more: object) -> Bank:
    """Decimal comma, one amount column with the minus behind the figure, two dates."""
    return Bank(
        [
            ("Buchungstag", 50, LEFT),
            ("Valuta", 115, LEFT),
            ("Verwendungszweck", 175, LEFT),
            ("Betrag EUR", 440, RIGHT),
            ("Saldo", 540, RIGHT),
        ],
        lambda page, of: ("Quay Hanse Bank", "Kontoauszug Nr. 3/2024", "Konto DE09500999000532013000"),
        lambda page, of: (f"Seite {page} von {of}",),
        **more,  # type: ignore[arg-type]
    )


def chinese(**more: object) -> Bank:
    """Characters without spaces, full words for columns, income and expense apart."""
    return Bank(
        [
            ("交易日期", 40, LEFT),
            ("摘要", 105, LEFT),
            ("对方户名", 180, LEFT),
            ("支出", 370, RIGHT),
            ("收入", 455, RIGHT),
            ("余额", 550, RIGHT),
        ],
        lambda page, of: ("东澜商业银行账户交易明细", "账号:6217990001234567890  户名:林浩晟  币种:人民币"),
        lambda page, of: (f"第{page}页 共{of}页",),
        chinese=True,
        **more,  # type: ignore[arg-type]
    )
