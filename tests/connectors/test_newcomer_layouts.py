"""What public exports of banks in nine countries look like, loaded by the guesser alone; every bank, name and number here is invented.

Each layout stumbled when a real export of its kind was first loaded so: figures under the wrong heading, a direction that
only two letters in two scripts tell, a balance printed before its line, a table without headings, another alphabet.
"""

import re
from pathlib import Path

import pytest

import tracer
from tracer import views
from tracer.case import Case

#: name -> (bytes, answers, what is asked, what is not asked, lines as (booked, amount, balance), account)
Line = tuple[str, int, int | None]

TWO_AMOUNTS = """明细查询文件下载

卡号: 6217****4411,"卡别名: 测试"

交易日期,摘要,钞/汇,交易金额(收入),交易金额(支出),交易币种,记账金额(收入),记账金额(支出),记账币种,余额,对方户名
2023-05-02     \t,"消费 \t",钞 \t,"-  \t","12.00 \t",美元 \t,"  \t","86.40 \t",人民币 \t,"1,150.00 \t","示例商户 \t",
2023-04-25     \t,"汇入 \t",钞 \t,"-  \t","-  \t",-  \t,"1,236.40 \t","  \t",人民币 \t,"1,236.40 \t","李示例 \t",

人民币合计,,,,,,"1,236.40 \t","86.40 \t",
"""
TWO_SCRIPTS = """序号,交易日期,交易时间,交易类型,借贷,交易金额,余额,对方账号,对方户名,日 志 号
1,2025-01-02,00:00:00,存款利息,贷 Cr,1.23,101.23,1323132313211,应付利息,77120
2,2025-01-03,13:15:12,转账还款,借 Dr,30.20,71.03,6222000011112222,示例,77121
3,2025-01-04,09:20:43,消费,借 Dr,1.03,70.00,6222000011113333,示例,77122
"""
CYRILLIC = """Тип счёта;Номер счета;Валюта;Дата операции;Референс проводки;Описание операции;Приход;Расход;
Текущий;40817810000000000001;RUR;31.05.17;REF1;Перечисление по договору;33123,56;0;
Текущий;40817810000000000001;RUR;03.05.17;REF2;Комиссия;0;50;
"""
ACCOUNT_CURRENCY = """Номер карты/счета/договора;Дата операции;Дата обработки;Сумма операции;Валюта операции;Сумма пересчитанная в валюту счета;Валюта счета;Основание;Статус
'446200******0001;2019-07-06 00:00:00;2019-07-08;-4,50;EUR;-336,15;RUR;Магазин;Исполнено
'446200******0001;2019-07-05 00:00:00;2019-07-07;-300,00;RUR;-300,00;RUR;Связь;Исполнено
'446200******0001;2019-07-13 10:48:55;;-600,00;RUR;-600,00;RUR;Связь;В обработке
"""
STATED_BALANCES = """
"Sąskaitos Nr.","","Data","Gavėjas","Paaiškinimai","Suma","Valiuta","D/K","Įrašo Nr.",
"LT100001XXXXXXXXXXXX","10","2012-01-01","","Likutis pradžiai","2123.82","LTL","K","",
"LT100001XXXXXXXXXXXX","20","2012-01-02","Parduotuvė","PIRKINYS","14.34","LTL","D","1",
"LT100001XXXXXXXXXXXX","20","2012-01-26","UAB "Orvela"","Pervedimas","15.00","LTL","K","2",
"LT100001XXXXXXXXXXXX","82","2012-01-31","","Apyvarta","14.34","LTL","D","",
"LT100001XXXXXXXXXXXX","86","2012-01-31","","Likutis pabaigai","2124.48","LTL","K","",
"""
SHIFTED = """Date,Bank,Address,City,Name,Memo,Amount,
2012:03:01,,",Springfield",First payee,fee,-7.8,,
2012:03:21,,",Springfield",Second payer,rent,889.81,,
"""
BEFORE = """17-06-2022,NL00XBNK0000000001,NL00XBNK0000000002,First payee,,EUR,130.44,EUR,223.77,17-06-2022,2754
17-06-2022,NL00XBNK0000000001,NL00XBNK0000000003,Second payee,,EUR,354.21,EUR,-200.00,17-06-2022,9856
25-06-2022,NL00XBNK0000000001,,,,EUR,154.21,EUR,-2.20,25-06-2022,7241
27-06-2022,NL00XBNK0000000001,NL00XBNK0000000004,Third payee,,EUR,152.01,EUR,503.15,27-06-2022,8809
"""
TWO_SIDES = """05/13/2023,SHOP,1.96,,13.04
05/12/2023,MARKET,12.10,,15.00
05/11/2023,REFUND,,2.00,27.10
05/10/2023,TO A FRIEND,74.90,,25.10
"""
ONE_WORD_MORE = """Following data is valid as of 20230601 (Year/Month/Day)

First Bank Card,Transaction Type,Date Posted, Transaction Amount,Description
'5678000000000001',CREDIT,20230501,0.01,INTEREST
'5678000000000001',DEBIT,20230518,-68.32,TELEPHONE
"""
ABOVE_AND_BELOW = """Code de la banque : 10001;Code de l'agence : 00100;;;
Numéro de compte : 01234567890;Nom du compte : MME EXEMPLE;Devise : EUR;;

Solde en fin de période;;;;655,25;
Date;Numéro d'opération;Libellé;Débit;Crédit;Détail
25/01/2024;0123456789;VIREMENT RECU;;250,50;Salaire
10/01/2024;9876543210;PAIEMENT CB;-95,25;;Achat
Solde en début de période;;;;500,00;
"""
BESIDE = """Date,Narrative,Settlement amount,Settlement currency,Balance,Balance currency
24/03/2025,FEE,"-1.00"\t,HKD,"3,612.17"\t,HKD
20/03/2025,FROM A FRIEND,"500.00"\t,HKD,"3,613.17"\t,HKD
18/03/2025,SUPERMARKET,"-75.50"\t,HKD,"3,113.17"\t,HKD
"""
SUFFIXED = """00010-123456-01-01,,,,,,,
Opening Balance,USD 100.00,,,,,,
Closing Balance,USD 114.20,,,,,,
Alternate Account Number,00017-25000-123456789-99,,,,,,
Transaction Date,Value Date,Description,Reference Number,Currency,CREDIT,DEBIT,Currency,Balance
31 Jan 2020,01 Feb 2020,TAX,REF1,USD,0.80Dr,USD,99.20,
02 Feb 2020,02 Feb 2020,TRANSFER,REF2,USD,15.00Cr,USD,114.20,
"""
POLISH = """Bank Przykładowy S.A.;

Rachunek: 11 0000 2004 0000 3002 0135 5387;

#Data operacji;#Data księgowania;#Opis operacji;#Tytuł;#Nadawca/Odbiorca;#Numer konta;#Kwota;#Saldo po operacji;
2024-12-30;2024-12-30;PRZELEW WYCHODZĄCY;"FAKTURA 7";"ŁĄKA SP. Z O.O.";'61000010140000071219812874';-1 250,50;8 749,50;
2025-01-02;2025-01-02;PRZELEW PRZYCHODZĄCY;"ZWROT";"ŹRÓDŁO S.A.";'';2 000,00;10 749,50;

;;;;;#Saldo końcowe;10 749,50 PLN;
"""
BRAZILIAN = """Extrato de conta corrente
Conta: 56789-0
Período: 15/12/2024 a 14/01/2025
data;lançamento;ag./origem;valor (R$);saldos (R$)
15/12;SALDO ANTERIOR;;;1.000,00
30/12;PIX TRANSF ESTRELA;1234;-250,00;
30/12;SALDO DO DIA;;;750,00
02/01;TED RECEBIDA;;9.000,00;
02/01;SALDO DO DIA;;;9.750,00
"""
JAPANESE = """口座番号,7654321
年月日,お引出し,お預入れ,お取り扱い内容,残高
2024/12/30,25000,,振込　カ）サンプル,75000
2025/1/2,,90000,給与,165000
"""
HONG_KONG = """Account Number,012-345678-001
Statement Period,15 Dec 2024 - 14 Jan 2025
日期,摘要,存入,支出,結餘
Date,Particulars,Deposit,Withdrawal,Balance
15 Dec,承上結餘 B/F BALANCE,,,"1,000.00"
30 Dec,FPS SAMPLE,,250.00,750.00
2 Jan,TT IN,"9,000.00",,"9,750.00"
"""
ITALIAN = """Conto corrente n. 000047110815;Divisa EUR
Periodo dal 15/12/2024 al 14/01/2025
Data;Valuta;Dare;Avere;Descrizione
30/12;31/12;250,00;;BONIFICO ESEMPIO
02/01;03/01;;9.000,00;ACCREDITO
"""
ONE_LINE = "27 Feb 2018,SHOP,-7.80,,WITH A CARD\n"
LAYOUTS: dict[str, tuple[bytes, dict[str, str], list[str], list[str], list[Line], str]] = {
    "two amounts a line, each in two columns": (
        TWO_AMOUNTS.encode("gb18030"), {}, [], ["Which"],
        [("2023-04-25", 123640, 123640), ("2023-05-02", -8640, 115000)], "6217****4411"),
    "a direction in two scripts": (
        TWO_SCRIPTS.encode(), {"account": "62220001", "currency": "CNY"}, ["Which account", "Which currency"], ["sign"],
        [("2025-01-02", 123, 10123), ("2025-01-03", -3020, 7103), ("2025-01-04", -103, 7000)], "62220001"),
    "Cyrillic of one byte": (
        CYRILLIC.encode("cp1251"), {}, ["cp1251"], ["Which", "sign"],
        [("2017-05-03", -5000, None), ("2017-05-31", 3312356, None)], "40817810000000000001"),
    "the amount in the account's currency": (
        ACCOUNT_CURRENCY.encode(), {"direction": "as_read"}, ["direction=as_read"], ["Which", "money of this account"],
        [("", -60000, None), ("2019-07-07", -30000, None), ("2019-07-08", -33615, None)], "'446200******0001"),
    "balances and turnovers among the lines": (
        STATED_BALANCES.encode(), {}, ["'Likutis pradžiai' are read as a balance"], ["Which"],
        [("2012-01-02", -1434, None), ("2012-01-26", 1500, None)], "LT100001XXXXXXXXXXXX"),
    "lines a cell shorter than their header": (
        SHIFTED.encode(), {"account": "1", "currency": "LTL", "direction": "as_read"}, ["No heading stands over an amount; column 'Memo'"], [],
        [("2012-03-01", -780, None), ("2012-03-21", 88981, None)], "1"),
    "the balance before the line, and no heading": (
        BEFORE.encode(), {}, ["No heading is known", "is it the account"], ["Which", "sign"],
        [("2022-06-17", 22377, 35421), ("2022-06-17", -20000, 15421), ("2022-06-25", -220, 15201), ("2022-06-27", 50315, 65516)],
        "NL00XBNK0000000001"),
    "two sides and no heading": (
        TWO_SIDES.encode(), {"account": "1", "currency": "CAD"}, ["the balances follow if 'column 3' is money out"], [],
        [("2023-05-10", -7490, 2510), ("2023-05-11", 200, 2710), ("2023-05-12", -1210, 1500), ("2023-05-13", -196, 1304)], "1"),
    "a word before each heading, and a sign besides": (
        ONE_WORD_MORE.encode(), {"currency": "CAD"}, ["Which currency"], ["Which account"],
        [("2023-05-01", 1, None), ("2023-05-18", -6832, None)], "'5678000000000001'"),
    "balances above and below": (
        ABOVE_AND_BELOW.encode(), {}, ["'Solde en début de période' are read as a balance"], ["Which", "the account?"],
        [("2024-01-10", -9525, None), ("2024-01-25", 25050, None)], "01234567890"),
    "the settlement amount": (
        BESIDE.encode(), {"account": "1"}, ["Which account"], ["Which currency", "money of this account"],
        [("2025-03-18", -7550, 311317), ("2025-03-20", 50000, 361317), ("2025-03-24", -100, 361217)], "1"),
    "one line and no heading": (
        ONE_LINE.encode(), {"account": "1", "currency": "SGD", "direction": "as_read"}, ["No heading is known"], [], [("2018-02-27", -780, None)], "1"),
    "a mark before each heading, and Polish of one byte": (
        POLISH.encode("cp1250"), {"currency": "PLN"}, ["read as cp1250"], ["Which account", "sign"],
        [("2024-12-30", -125050, 874950), ("2025-01-02", 200000, 1074950)], "11 0000 2004 0000 3002 0135 5387"),
    "no year, and a balance of each day on a line of its own": (
        BRAZILIAN.encode(), {"direction": "as_read"}, ["taken from 'Período: 15/12/2024 a 14/01/2025'"], ["Which", "sign"],
        [("2024-12-30", -25000, None), ("2025-01-02", 900000, None)], "56789-0"),
    "Japanese headings": (
        JAPANESE.encode("cp932"), {"account": "7654321", "currency": "JPY"}, ["Which currency"], ["sign", "year"],
        [("2024-12-30", -25000, 75000), ("2025-01-02", 90000, 165000)], "7654321"),
    "headings in two languages, months by name, no year": (
        HONG_KONG.encode(), {"currency": "HKD"}, ["15 Dec 2024 - 14 Jan 2025", "Which currency"], ["Which account", "sign"],
        [("2024-12-30", -25000, 75000), ("2025-01-02", 900000, 975000)], "012-345678-001"),
    "two days without a year": (
        ITALIAN.encode(), {"account": "1"}, ["Which account", "al 14/01/2025"], ["Which currency", "sign"],
        [("2024-12-30", -25000, None), ("2025-01-02", 900000, None)], "1"),
    "Dr and Cr behind the figure": (
        SUFFIXED.encode(), {"account": "1"}, ["'DEBIT' is headed as debit but holds 'USD'", "is that the account?"], ["sign"],
        [("2020-01-31", -80, None), ("2020-02-02", 1500, None)], "1"),
}  # fmt: skip


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return tracer.new(
        tmp_path_factory.mktemp("new") / "case", id="X-1", title="Test", as_of="2026-01-01", by="A. Officer"
    )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_loads_through_its_questions_alone(case: Case, tmp_path: Path, layout: str) -> None:
    data, answers, asked, silent, lines, account = LAYOUTS[layout]
    path = tmp_path / "statement.csv"
    path.write_bytes(data)
    shown = case.preview(path)
    questions = " ".join(shown.check())
    assert all(one in questions for one in asked), questions
    assert not any(one in questions for one in silent), questions
    proposal = shown.explain().partition("--answer profile=FILE.yaml:\n")[2]
    profile = tmp_path / "proposed.yaml"
    profile.write_text("\n".join(line for line in proposal.split("\n") if re.match(r"[a-z_]+: ", line)), "utf-8")
    view = case.load(path, answers={"profile": str(profile), **answers})
    (row,) = view
    assert (row["outcome"], row["set_aside"]) == ("loaded-and-reconciled", 0), view.explain() + str(view.check())
    exhibit = case.exhibits.all()[-1].sha256
    held = [one for one in case.ledger.scan("posting").to_pylist() if one["exhibit"] == exhibit]
    held.sort(key=lambda one: one["line"])
    assert [(str(one["booked"] or ""), one["amount"], one["balance"]) for one in held] == lines
    assert {one["account"] for one in held} == {account}


def test_a_line_that_is_not_booked_yet_needs_no_booking_day(case: Case) -> None:
    waiting = [one for one in case.ledger.scan("posting").to_pylist() if one["status"] == "pending"]
    assert [(one["booked"], one["amount"]) for one in waiting] == [(None, -60000)]


def test_the_original_amount_stands_beside_the_booked_one(case: Case) -> None:
    (one,) = [p for p in case.ledger.scan("posting").to_pylist() if p["amount"] == -33615]
    assert (one["original_amount"], one["original_currency"], one["currency"]) == (-450, "EUR", "RUR")


def test_of_a_large_text_only_the_head_is_looked_at(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "_LARGE", 1_000)
    monkeypatch.setattr(views, "_LOOKED_AT", 200)
    path = tmp_path / "large.csv"
    line = "01/02/2024,SHOP,-5.00\n"
    path.write_text("Date,Text,Amount\n" + 100 * line + "31/02/2024,LATE,-5.00\n", "utf-8")
    shown = case.preview(path)
    assert "the first 200 are looked at" in repr(shown)
    assert any("day or the month" in question for question in shown.check()), "the last line is not read"
    assert 2 <= len(shown) <= 20
