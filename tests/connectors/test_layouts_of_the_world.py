"""More layouts of banks and payment apps of the world, loaded by the guesser alone; from public layouts, every party is invented.

Each was read wrong before, or not at all: a figure of another currency, a closed order or a closing balance as a movement.
"""

from pathlib import Path

import pytest

from connectors import table
from tests.connectors.tables import source
from tracer.ingest.proposal import propose
from tracer.ingest.registry import claimants, installed
from tracer.model import Posting

CARD_OF_TWO_AMOUNTS = """Тип карты;Номер карты;Дата совершения операции;Дата обработки операции;Код авторизации;Тип операции;Город совершения операции;Страна совершения операции;Описание;Валюта операции;Сумма в валюте операции;Сумма в валюте счета
Visa;*1234;15.01.2024;16.01.2024;123456;Покупка;MOSKVA;RUS;MAGAZIN PRIMER;RUR;-1 250,50;-1 250,50
Visa;*1234;20.01.2024;21.01.2024;223456;Зачисление;MOSKVA;RUS;ZARPLATA;RUR;50 000,00;50 000,00
Visa;*1234;22.01.2024;24.01.2024;323456;Покупка;BERLIN;DEU;LADEN;EUR;-10,00;-985,40
"""
OK_AND_FAILED = """"Дата операции";"Дата платежа";"Номер карты";"Статус";"Сумма операции";"Валюта операции";"Сумма платежа";"Валюта платежа";"Кэшбэк";"Категория";"MCC";"Описание";"Бонусы (включая кэшбэк)";"Округление на инвесткопилку";"Сумма операции с округлением"
"05.02.2024 12:30:11";"06.02.2024";"*5678";"OK";"-500,00";"RUB";"-500,00";"RUB";"";"Супермаркеты";"5411";"Магазин Пример";"5,00";"0,00";"500,00"
"03.02.2024 10:00:00";"03.02.2024";"";"OK";"12000,00";"RUB";"12000,00";"RUB";"";"Переводы";"";"Иван И.";"0,00";"0,00";"12000,00"
"02.02.2024 09:00:00";"02.02.2024";"*5678";"FAILED";"-700,00";"RUB";"-700,00";"RUB";"";"Такси";"4121";"Такси";"0,00";"0,00";"700,00"
"""
UNIT_WITHOUT_A_SPACE = """DETAILED STATEMENT

Transactions List - EXAMPLE TRADERS (INR) - 000405001234

S No.,Value Date,Transaction Date,Cheque Number,Transaction Remarks,Withdrawal Amount(INR),Deposit Amount(INR),Balance(INR)
1,01/04/2024,01/04/2024,-,UPI/409112/rent/abc@upi,15000.00,0.00,85000.00
2,02/04/2024,02/04/2024,-,NEFT-N0931-SAMPLE EXPORTS,0.00,250000.00,335000.00
3,15/04/2024,15/04/2024,000123,CLG/SAMPLE,1234.50,0.00,333765.50
"""
TABS_AND_SPACES = """Account Name       :\tMR EXAMPLE
Address            :\t1 SAMPLE ROAD
Date               :\t30 Apr 2024
Account Number     :\t_00000012345678901
Account Description :\tREGULAR SB CHQ-INDIVIDUALS
Branch             :\tSAMPLE
Drawing Power      :\t0.00
Interest Rate(% p.a.) :\t2.7
MOD Balance        :\t0.00
CIF No.            :\t_00000000001
IFS Code           :\tSBIN0000001
Balance as on 1 Apr 2024 :\t10,000.00
Start Date         :\t_1 Apr 2024
End Date           :\t30 Apr 2024

Txn Date\tValue Date\tDescription\tRef No./Cheque No.\t        Debit\tCredit\tBalance
1 Apr 2024\t1 Apr 2024\tTO TRANSFER-UPI/DR/40911/RENT--\tTRANSFER TO 4897\t 5,000.00\t \t5,000.00
2 Apr 2024\t2 Apr 2024\tBY TRANSFER-NEFT*SAMPLE--\tTRANSFER FROM 3199\t \t1,25,000.00\t1,30,000.00
12 Apr 2024\t12 Apr 2024\tATM WDL--\t\t 10,000.00\t \t1,20,000.00

**This is a computer generated statement and does not require a signature.
"""
DAYS_IN_QUOTES = """Informasi Rekening - Mutasi Rekening

No. rekening : 1234567890
Nama : CONTOH
Periode : 01/01/2024 - 31/01/2024
Kode Mata Uang : Rp

Tanggal Transaksi,Keterangan,Cabang,Jumlah,Saldo
'03/01,"TRSF E-BANKING DB 0301/FTSCY/WS95031 500000.00 TOKO CONTOH",'0000,"500,000.00 DB","1,500,000.00"
'05/01,"TRSF E-BANKING CR 0501/FTSCY PT CONTOH",'0000,"2,000,000.00 CR","3,500,000.00"
'31/01,"BIAYA ADM",'0998,"15,000.00 DB","3,485,000.00"

Saldo Awal : 2,000,000.00
Mutasi Debet : 515,000.00 2
Mutasi Kredit : 2,000,000.00 1
Saldo Akhir : 3,485,000.00
"""
OUTSTANDING = """KASIKORN SAMPLE STATEMENT,,,,,,,,,,
Account Number,,123-4-56789-0,,,,,,,,
Period,,01/01/2024 - 31/01/2024,,,,,,,,

,Date,Time/Eff.Date,Descriptions,Withdrawal,Deposit,Outstanding Balance,Channel,Details
,01-01-24,,Beginning Balance,,,"10,000.00",,
,02-01-24,08:15,Transfer Withdrawal,"1,500.00",,"8,500.00",K PLUS,To X1234 SAMPLE++
,13-01-24,12:00,Transfer Deposit,,"20,000.00","28,500.00",K PLUS,From X4321 EXAMPLE++
"""
SPACED_WORD = """"Data","Dependencia Origem","Histórico","Data do Balancete","Número do documento","Valor",
"02/01/2024","","Saldo Anterior","","0","1500.00",
"03/01/2024","0000-0","Compra com Cartão - MERCADO EXEMPLO","","123456","-45.90",
"15/01/2024","","Recebimento de Salário","","222","3200.00",
"31/01/2024","","S A L D O","","0","4654.10",
"""
ESTONIAN = """"Kliendi konto";"Reatüüp";"Kuupäev";"Saaja/Maksja";"Selgitus";"Summa";"Valuuta";"Deebet/Kreedit";"Arhiveerimistunnus";"Tehingu tüüp";"Viitenumber";"Dokumendi number";
"EE382200221020145685";"10";"01.01.2024";"";"Algsaldo";"100,00";"EUR";"K";"";"AS";"";"";
"EE382200221020145685";"20";"02.01.2024";"NÄIDIS OÜ";"Arve 5";"25,50";"EUR";"D";"2024010200001";"MK";"";"";
"EE382200221020145685";"20";"15.01.2024";"TÖÖANDJA AS";"Palk";"1500,00";"EUR";"K";"2024011500001";"MK";"";"";
"EE382200221020145685";"82";"31.01.2024";"";"Käive";"25,50";"EUR";"D";"";"K2";"";"";
"EE382200221020145685";"82";"31.01.2024";"";"Käive";"1500,00";"EUR";"K";"";"K2";"";"";
"EE382200221020145685";"86";"31.01.2024";"";"lõppsaldo";"1574,50";"EUR";"K";"";"LS";"";"";
"""
FEE_WITHIN = """Date started (UTC),Date completed (UTC),ID,Type,State,Description,Reference,Payer,Card number,Card label,Card state,Orig currency,Orig amount,Payment currency,Amount,Total amount,Exchange rate,Fee,Fee currency,Balance,Account,Beneficiary account number,Beneficiary sort code or routing number,Beneficiary IBAN,Beneficiary BIC,MCC,Related transaction id,Spend program
2024-01-31,2024-01-31,abc-1,TRANSFER,COMPLETED,To Sample,inv 1,EXAMPLE,,,,EUR,-100.00,EUR,-100.00,-100.20,,0.20,EUR,899.80,EUR Main,,,DE89370400440532013000,COBADEFFXXX,,,
2024-01-30,2024-01-30,abc-2,TOPUP,COMPLETED,From Example,,,,,,EUR,1000.00,EUR,1000.00,1000.00,,0.00,EUR,1000.00,EUR Main,,,,,,,
2024-01-29,,abc-3,CARD_PAYMENT,REVERTED,Shop,,EXAMPLE,,,,EUR,-20.00,EUR,-20.00,-20.00,,0.00,EUR,,EUR Main,,,,,5999,,
"""
CLOSED_ORDERS = """支付宝交易记录明细查询
账号:[sample@example.org]
起始日期:[2024-01-01 00:00:00]    终止日期:[2024-01-31 23:59:59]
---------------------------------交易记录明细列表------------------------------------
交易号                  ,商家订单号               ,交易创建时间              ,付款时间                ,最近修改时间              ,交易来源地     ,类型              ,交易对方            ,商品名称                ,金额（元）   ,收/支     ,交易状态    ,服务费（元）   ,成功退款（元）  ,备注                  ,资金状态     ,
2024010122001\t,T1\t,2024-01-05 10:00:00 ,2024-01-05 10:00:05 ,2024-01-05 10:00:05 ,其他（包括阿里巴巴和外部商家）,即时到账交易          ,示例商店            ,商品                ,25.50   ,支出      ,交易成功    ,0.00     ,0.00     ,                    ,已支出      ,
2024010122002\t,T2\t,2024-01-06 10:00:00 ,2024-01-06 10:00:05 ,2024-01-06 10:00:05 ,其他（包括阿里巴巴和外部商家）,即时到账交易          ,某人            ,转账                ,100.00   ,收入      ,交易成功    ,0.00     ,0.00     ,                    ,已收入      ,
2024010122003\t,T3\t,2024-01-07 10:00:00 ,  ,2024-01-07 10:00:05 ,其他（包括阿里巴巴和外部商家）,即时到账交易          ,某店            ,商品                ,99.00   ,支出      ,交易关闭    ,0.00     ,0.00     ,                    ,      ,
------------------------------------------------------------------------------------
共3笔记录
已收入:1笔,100.00元
待收入:0笔,0.00元
已支出:1笔,25.50元
待支出:0笔,0.00元
导出时间:[2024-02-01 10:00:00]    用户:示例
"""
KOREAN = """거래일시,적요,보낸분/받는분,송금메모,출금액,입금액,잔액,거래점,구분
2024.01.31 10:00:00,인터넷,홍길동,,"50,000",0,"950,000",국민,
2024.01.30 09:00:00,급여,예시회사,,0,"1,000,000","1,000,000",국민,
2024.01.15 09:00:00,체크,가게,,"3,000",0,0,국민,
"""
Line = tuple[str, int]
#: text, charset, account and currency (answered where they are asked), lines in printed order, why it is here
SIGNS_OF_CURRENCIES = """Дата;Сумма;Операция;Детали
15.01.24;- 5 000,00 ₸;Покупка;Магазин
16.01.24;+ 100 000,00 ₸;Пополнение;Иван И.
"""
LAYOUTS = [
    pytest.param(SIGNS_OF_CURRENCIES, "utf-8", "A1", "KZT", [("2024-01-15", -500000), ("2024-01-16", 10000000)], id="a Kazakh bank: the sign of the currency behind each amount"),
    pytest.param(CARD_OF_TWO_AMOUNTS, "cp1251", "*1234", "RUB", [("2024-01-16", -125050), ("2024-01-21", 5000000), ("2024-01-24", -98540)], id="a Russian card: only the amount in the currency of the account moved it"),
    pytest.param(OK_AND_FAILED, "cp1251", "A1", "RUB", [("2024-02-05", -50000), ("2024-02-03", 1200000)], id="a Russian bank: `OK` and `FAILED`"),
    pytest.param(UNIT_WITHOUT_A_SPACE, "utf-8", "000405001234", "INR", [("2024-04-01", -1500000), ("2024-04-02", 25000000), ("2024-04-15", -123450)], id="an Indian bank: `Balance(INR)`"),
    pytest.param(TABS_AND_SPACES, "utf-8", "00000012345678901", "INR", [("2024-04-01", -500000), ("2024-04-02", 12500000), ("2024-04-12", -1000000)], id="an Indian bank: tabs, cells padded, a note below the lines"),
    pytest.param(DAYS_IN_QUOTES, "utf-8", "1234567890", "IDR", [("2024-01-03", -50000000), ("2024-01-05", 200000000), ("2024-01-31", -1500000)], id="an Indonesian bank: `'03/01`, DB and CR"),
    pytest.param(OUTSTANDING, "utf-8", "123-4-56789-0", "THB", [("2024-01-02", -150000), ("2024-01-13", 2000000)], id="a Thai bank"),
    pytest.param(SPACED_WORD, "cp1252", "A1", "BRL", [("2024-01-03", -4590), ("2024-01-15", 320000)], id="a Brazilian bank: the closing balance is a line that says `S A L D O`"),
    pytest.param(ESTONIAN, "cp1257", "EE382200221020145685", "EUR", [("2024-01-02", -2550), ("2024-01-15", 150000)], id="turnovers and balances among the lines"),
    pytest.param(FEE_WITHIN, "utf-8", "EUR Main", "EUR", [("2024-01-31", -10020), ("2024-01-30", 100000)], id="a payment app: the balance moves by `Total amount`, and a reverted line moves nothing"),
    pytest.param(CLOSED_ORDERS, "gb18030", "A1", "CNY", [("2024-01-05", -2550), ("2024-01-06", 10000)], id="a payment app: a closed order moves nothing, though lines below the table have no status"),
    pytest.param(KOREAN, "cp949", "A1", "KRW", [("2024-01-31", -50000), ("2024-01-30", 1000000), ("2024-01-15", -3000)], id="a Korean bank in cp949"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "charset", "account", "currency", "lines"), LAYOUTS)
def test_what_the_guesser_proposes_reads_it(
    tmp_path: Path, text: str, charset: str, account: str, currency: str, lines: list[Line]
) -> None:
    data = text.encode(charset)
    plain = source(tmp_path, "a.csv", data)
    assert not claimants(plain, installed())  # no shipped profile, and no other reader
    proposal = propose(plain)
    questions = " ".join(proposal.questions)
    asked = {"account": account, "currency": currency, "direction": "as_read", "date_order": "dmy"}
    answers = {key: value for key, value in asked.items() if f"--answer {key}=" in questions}
    assert "--answer year=" not in questions
    assert "do the headings stand over their columns" not in questions
    made = source(tmp_path, "a.csv", data, proposal.profile_yaml, **answers)
    found = [one for one in table.CONNECTOR.read(made) if isinstance(one, Posting)]
    assert sorted((str(one.booked), one.amount) for one in found) == sorted(lines)
    assert {(one.account, one.currency) for one in found} == {(account, currency)}
