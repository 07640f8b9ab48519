"""The words by which the guesser knows a table: headings, debit and credit words, status words, lines that state a balance.

Headings in English, German, French, Spanish, Dutch, Italian, Portuguese, Polish, Turkish, Russian, Lithuanian, Japanese and
Chinese, in the normal form of `profile.words`. A heading of several parts is known by its parts: `记账金额(收入)` is an
amount of money in, `Billing amount` an amount, `对方卡号/账号` what its first part is.
"""

from __future__ import annotations

import re

from tracer.ingest.cells import DayFormat
from tracer.ingest.other_side import is_end_to_end, side_of_account
from tracer.ingest.profile import words
from tracer.model import EXPONENTS

__all__ = [
    "CREDIT",
    "DATES",
    "DEBIT",
    "FOOTERS",
    "NEITHER",
    "STATUS_BOOKED",
    "STATUS_PENDING",
    "STATUS_REFUSED",
    "SYMBOLS",
    "YEARLESS",
    "balance_line",
    "is_booking",
    "is_of_account",
    "is_of_counterparty",
    "role_of",
    "side_of",
]

#: Heading -> role, in English, German, French, Spanish, Dutch and Chinese. Normal form of `profile.words`.
_LEXICON: dict[str, str] = {
    words(heading): role
    for role, headings in {
        "booked": "booking|buchung|buchungstag / valuta|auftragsdatum|transaktionsdatum|abschlussdatum|einkaufsdatum|fecha de transacción|f. operación|f.operación|fecha mov.|date de transaction|date op.|date d'achat|data|data contabile|data operazione|交易日|记账日|入账日|交易发生日|交易时间戳|"
        "date|transaction date|booking date|booked|posting date|posted date|date processed|created|journaldate|buchungstag|buchungsdatum|"
        "datum|belegdatum|date d'opération|date de l'opération|date opération|date comptable|date de comptabilisation|fecha|fecha operación|"
        "fecha de operación|fecha contable|datum verrichting|交易日期|记账日期|入账日期|交易时间|日期",
        "value_date": "val date|wert|wertdatum|valutastellung|valuta datum|date val.|f. valor|f.valor|fecha de valor|data valuta|"
        "value date|valued|value|effective date|wertstellung|valuta|valutadatum|date de valeur|date valeur|fecha valor|"
        "rentedatum|datum verrekening|posted|execution date|起息日",
        "amount": "amount in account currency|einzelbetrag|buchungsbetrag in kontowährung|betrag in kontowährung|betrag (eur)|montant en eur|montant (eur)|montant de l'opération|valor|cantidad|importe eur|importo|金额(元)|交易额|交易金额(元)|"
        "amount|transaction amount|netamount|net amount|total|inflow|betrag|umsatz|buchungsbetrag|montant|importe|monto|bedrag|交易金额|发生额|金额",
        "debit": "debit amount (dr)|dr|dr amount|amount debited|amount out|belastung in chf|lastschrift|auszahlung|sollbetrag|belastungen|débit (eur)|débits|montant débit|sortie|retiro|retiros|adeudo|cargo (eur)|dare|支出(元)|支取|支取金额|借方金额(元)|"
        "debit|debit amount|debits|withdrawal|withdrawals|paid out|money out|out|outflow|soll|belastung|ausgang|débit|cargo|cargos|"
        "debe|debet|支出|支出金额|借方|借方发生额|借方金额|取出|付出",
        "credit": "credit amount (cr)|cr|cr amount|amount credited|amount in|gutschrift in chf|einzahlung|habenbetrag|gutschriften|crédit (eur)|crédits|montant crédit|entrée|depósito|depósitos|ingreso|ingresos|abono (eur)|avere|收入(元)|存入金额|贷方金额(元)|"
        "credit|credit amount|credits|deposit|deposits|paid in|money in|in|haben|gutschrift|eingang|crédit|abono|abonos|haber|"
        "收入|收入金额|贷方|贷方发生额|贷方金额|存入|收款",
        "balance": "closing balance|available balance|ledger balance|saldo in chf|buchsaldo|endsaldo|neuer saldo|saldo nach buchung|solde (eur)|solde comptable|solde après opération|saldo contable|saldo después|saldo final|saldo contabile|账面余额|结余|余额(元)|"
        "balance|running balance|runningbalance|account balance|saldo|kontostand|saldo na trn|solde|saldo disponible|余额|账户余额|"
        "本次余额|联机余额|交易余额|交易后余额",
        "flag": "dc|d c|debit or credit|haben/soll|h/s|sollhaben|soll/haben-kennzeichen|débit/crédit|d/h|debe/haber|cargo/abono|借贷方向|收支类型|"
        "d/c|dr/cr|cr/dr|d/k|debit/credit|credit/debit|transaction type|soll/haben|s/h|sens|bij / af|af bij|借贷标志|借贷|借/贷|收/支|收支标志",
        "currency": "curr|curr.|kontowährung|whrg|whg|währ.|devise du compte|moneda cuenta|divisa cuenta|valuta conto|交易币种|币别|"
        "currency|ccy|währung|waehrung|buchungswährung|devise|monnaie|monn.|divisa|moneda|munt|币种|货币",
        "account": "konto|kontonr|kontonr.|konto-nr.|konto nr.|iban kontoinhaber|iban / kontonummer|eigenes konto|compte n°|numéro de compte|n° compte|iban du compte|nº de cuenta|nº cuenta|número cuenta|cuenta/iban|conto|account id|acct|acct no|acct no.|a/c no|a/c no.|"
        "account|account no|account no.|account number|account name|iban|auftragskonto|kontonummer|iban auftraggeberkonto|compte|"
        "n° de compte|cuenta|número de cuenta|rekening|rekeningnummer|iban/bban|账号|账户|卡号|本方账号|交易账号|produit",
        "reference_owner": "your reference|client reference|referenznummer|referenz-nr.|mandatsreferenz|réf. client|référence client|nº de referencia|número de referencia|客户参考号|附言号|"
        "reference|customer reference|check number|checknumber|cheque number|kundenreferenz|referenz|référence|referencia|"
        "num|check #|凭证号",
        "reference_bank": "our reference|transaction no|transaction no.|transaktions-nr.|transaktionsnummer|auftragsnummer|belegnummer|réf. banque|référence banque|nº operación|nº de operación|número de operación|交易序号|业务流水号|交易编号|"
        "bank reference|transaction id|id|bankreferenz|buchungsreferenz|n° de transaction|volgnr|transactiereferentie|"
        "transaction reference number|流水号|交易流水号|日志号|交易流水",
        "counterparty_name": "counterparty name|name of counterparty|payer/payee|sender/recipient|gegenpartei|begünstigter|auftraggeber|zahlungspartner|name zahlungsbeteiligter|nom du bénéficiaire|donneur d'ordre|tiers|ordenante|ordenante/beneficiario|titular|收款人|付款人|对方账户名称|对手方|"
        "payee|counterparty|name|partner name|beneficiary|merchant name|empfänger|auftraggeber/empfänger|"
        "beguenstigter/zahlungspflichtiger|begünstigter/zahlungspflichtiger|zahlungsempfänger|bénéficiaire|contrepartie|beneficiario|"
        "naam tegenpartij|naam|counteraccount name|对方户名|对方名称|交易对手|交易对方",
        "counterparty_account": "counterparty iban|counterparty account number|iban zahlungsbeteiligter|gegenkonto|konto des begünstigten|iban gegenpartei|compte du bénéficiaire|iban bénéficiaire|cuenta destino|cuenta ordenante|对方账户|收款账号|付款账号|"
        "counterparty account|partner iban|tegenrekening|tegenrekening iban/bban|rekeningnummer tegenpartij|"
        "number|konto gegenseite|compte de contrepartie|cuenta beneficiario|对方账号|对方帐号|交易对手账号",
        "counterparty_bank": "bic (swift-code) zahlungsbeteiligter|bank der gegenpartei|banque du bénéficiaire|banco destino|对方银行|对方开户行名称|"
        "counterparty bank|bank|bic|blz|bic tegenpartij|banque|banco|对方开户行|对方行名",
        "original_amount": "original amount|originalbetrag|betrag (fremdwährung)|montant d'origine|importe original|local_amount|oorspr bedrag|原币金额",
        "original_currency": "original currency|originalwährung|fremdwährung|devise d'origine|divisa original|local_currency|oorspr munt|原币币种",
        "original_rate": "exchange rate|rate|kurs|umrechnungskurs|wechselkurs|taux|tipo de cambio|koers|汇率",
        "type_code": "type|buchungsart|umsatzart|transaktionstyp|type d'opération|tipo|posting key|交易类型|业务类型",
        "time": "time|transaction time|uhrzeit|heure|hora|交易时刻",
        "status": "status|statut|estado|交易状态|当前状态",
    }.items()
    for heading in headings.split("|")
}
#: Headings of more languages, and the short names that core systems print: role -> headings.
_MORE = {
    "booked": "银行记账日|ご利用日|利用日|ご利用年月日|tranzakció dátuma|könyvelés dátuma|könyvelési dátum|date posted|date booked|boekdatum|boekingsdatum|transactiedatum|datum transactie|datum zaúčtování|datum provedení|дата обработки|дата списания|operacijos data|įrašo data|data księgowania|data operacji|data transakcji|data lançamento|data do lançamento|data movimento|data mov.|data da operação|"
    "tarih|işlem tarihi|дата|дата операции|дата проводки|日付|取引日|年月日|取引年月日|お取引年月日|txn dt|txn date|tran date|trans date|trn dt|post dt|bkg dt|book date",
    "value_date": "értéknap|data waluty|data valor|valör|дата валютирования|val dt|value dt",
    "amount": "ご利用金額|利用金額|实付金额|实际支付金额|支付金额|kwota w walucie rachunku|kwota transakcji|neto|net|tranzakció összege|сумма в валюте счета|сумма пересчитанная в валюту счета|сумма платежа|suma|částka|zaúčtovaná částka|összeg|belopp|beløb|记账金额|入账金额|结算金额|kwota|kwota operacji|valor (r$)|valor do movimento|tutar|işlem tutarı|сумма|сумма операции|取引金額|txn amt|tran amt|trn amt|trans amt|amt",
    "debit": "debetas|дебет счета|списано|wypłaty|débito|débitos|saídas|saída|borç|дебет|расход|списание|お引出し|出金|dr amt|debit amt|withdrawal amt",
    "credit": "kreditas|кредит счета|поступления|wpłaty|crédito|créditos|entradas|alacak|кредит|приход|зачисление|お預入れ|入金|cr amt|credit amt|deposit amt",
    "balance": "saldos|saldo po operacji|saldo po transakcji|egyenleg|könyvelt egyenleg|likutis|zůstatek|остаток на счете|баланс|saldo konta|bakiye|остаток|исходящий остаток|残高|run bal|running bal|running bal.|bal|ledger bal|avail bal",
    "flag": "bevétel/kiadás|creditdebet|credit debet|debet/credit|crediteur/debiteur|dr cr|d c|crdr|cr dr|dc ind|dr/cr ind|wn/ma|tipo de lançamento",
    "currency": "devizanem|tranzakció devizaneme|deviza|valutacode|muntsoort|валюта счета|валюта операции|valiuta|měna|měna účtu|记账币种|入账币种|结算币种|交易币种|moeda|döviz|para birimi|валюта|通貨|crncy|ccy cd",
    "account": "számlaszám|номер карты/счета/договора|номер карты|sąskaitos nr.|sąskaita|číslo účtu|first bank card|card number|card no.|借记卡号|交易卡号|rachunek|nr rachunku|conta|número da conta|hesap no|hesap numarası|счет|номер счета|口座番号|acct num|acct nbr",
    "counterparty_name": "ご利用店名|利用店名|ご利用先|nombre|nadawca/odbiorca|odbiorca/nadawca|partner neve|tegenrekeninghouder|naam tegenrekening|gavėjas|mokėtojas / gavėjas|název protiúčtu|对方账户名|对方姓名|对手信息|kontrahent|odbiorca|favorecido|beneficiário|alıcı|контрагент|получатель|cpty name|bene name|payee name",
    "counterparty_account": "partner számlaszáma|tegenrekeningnummer|protiúčet|číslo protiúčtu|对方卡号|对方账号/卡号|rachunek kontrahenta|conta do favorecido|счет контрагента|cpty acct|bene acct",
    "reference_owner": "docto.|documento|nº documento|num doc|dekont no|номер документа|摘要番号|cheque no|chq no|ref no|ref",
    "reference_bank": "id. de transacción|референс проводки|įrašo nr.|id transakce|numéro d'opération|日志号|id transakcji|id da transação|işlem no|txn id|tran id|trn ref|txn ref|trace no",
}
_MORE |= {
    "status": "статус|состояние|status transakcji|estado de la operación|stav|记账状态",
    "time": "время|время операции|čas|tijd|记账时间",
    "type_code": "тип операции|вид операции|typ transakce|rodzaj operacji|transactiesoort|betaalwijze|mutatiesoort|交易名称",
}
_NORTH_AND_EAST = {
    "booked": "bokföringsdag|bokföringsdatum|transaktionsdag|transaktionsdatum|bogført dato|bogføringsdato|bokført dato|bokføringsdato|dato|"
    "kirjauspäivä|거래일시|거래일자|거래일|お取引日",
    "value_date": "valutadatum|valutadag|rentedato|arvopäivä",
    "amount": "beløp|määrä|거래금액",
    "debit": "ut fra konto|uttag|출금액|출금금액|출금|찾으신금액|支払い金額|支払金額|お支払金額",
    "credit": "inn på konto|insättning|입금액|입금금액|입금|맡기신금액|預かり金額|お預り金額",
    "balance": "bokfört saldo|bogført saldo|bokført saldo|saldo efter|잔액|거래후잔액|거래후 잔액|差引残高",
    "counterparty_name": "mottagare|saaja/maksaja|보낸분/받는분|받는분|거래처",
}
#: Estonian, Latvian, Russian as cards print it, Indonesian, and what payment apps call things.
_MORE_APPS_AND_BALTICS = {
    "booked": "kuupäev|datums|дата совершения операции|дата обработки операции|tanggal transaksi|tanggal|date started|date completed|交易创建时间",
    "value_date": "付款时间|дата платежа",
    "amount": "summa|сумма в валюте операции|jumlah|total amount",
    "debit": "withdrawal amount",
    "credit": "deposit amount",
    "balance": "outstanding balance|jääk|atlikums",
    "flag": "deebet/kreedit|debets/kredīts",
    "currency": "valuuta|valūta|валюта платежа|payment currency|mata uang",
    "account": "kliendi konto|klienta konts|no. rekening",
    "counterparty_name": "saņēmējs/maksātājs",
    "counterparty_account": "saaja/maksja konto|beneficiary account number|beneficiary iban",
    "counterparty_bank": "beneficiary bic",
    "reference_owner": "viitenumber|dokumendi number|dokumenta numurs",
    "reference_bank": "arhiveerimistunnus|arhīva kods",
    "original_amount": "orig amount|utl.belopp/moms|utl.belopp|utlandsbelopp|utländskt belopp|foreign amount|foreign currency amount|amount in foreign currency",
    "original_currency": "orig currency",
    "type_code": "tehingu tüüp|maksājuma veids",
    "status": "state",
}
#: Thai, Vietnamese, Greek, Ukrainian, Arabic, Hebrew, and Chinese in the letters of Taiwan and Hong Kong.
_MORE_SCRIPTS = {
    "booked": "วันที่|วันที่ทำรายการ|ngày giao dịch|ngày|ημερομηνία|дата і час операції|дата i час операції|дата операції|дата|التاريخ|تاريخ|תאריך|交易日期|帳務日期|入帳日",
    "value_date": "ngày hiệu lực|valeur|ημ/νία αξίας|תאריך ערך|تاريخ القيمة",
    "amount": "จำนวนเงิน|số tiền|ποσό|сума в валюті картки|сума у валюті картки|сума|المبلغ|סכום|金額|交易金額",
    "debit": "ถอน|ถอนเงิน|เดบิต|ghi nợ|nợ|χρέωση|дебет|مدين|בחובה|חובה|支出金額|提款",
    "credit": "ฝาก|ฝากเงิน|เครดิต|ghi có|có|πίστωση|кредит|دائن|בזכות|זכות|存入金額|存款",
    "balance": "คงเหลือ|ยอดคงเหลือ|số dư|υπόλοιπο|залишок після операції|залишок|الرصيد|יתרה|餘額|結餘|帳戶餘額",
    "original_amount": "сума в валюті операції|сума у валюті операції",
    "reference_bank": "số tham chiếu|אסמכתא",
}
_LEXICON |= {
    words(one): role
    for role, listed in _MORE_SCRIPTS.items()
    for one in listed.split("|")
    if words(one) not in _LEXICON
}
_LEXICON |= {
    words(one): role
    for role, listed in _MORE_APPS_AND_BALTICS.items()
    for one in listed.split("|")
    if words(one) not in _LEXICON
}
_LEXICON |= {
    words(one): role
    for role, listed in _NORTH_AND_EAST.items()
    for one in listed.split("|")
    if words(one) not in _LEXICON
}
_LEXICON |= {
    words(one): role for role, listed in _MORE.items() for one in listed.split("|") if words(one) not in _LEXICON
}
CREDIT = frozenset(
    [
        *(
            "c",
            "cr",
            "cr.",
            "credit",
            "k",
            "h",
            "haben",
            "crédit",
            "in",
            "inflow",
            "money in",
            "paid in",
            "deposit",
            "received",
        ),
        *("crédito", "ingreso", "entrada", "entrée", "einnahme", "πίστωση", "입금", "入金"),
        *("bij", "abono", "gutschrift", "uznanie", "приход", "поступление", "зачисление", "+"),
        *("贷", "贷方", "收入", "收", "进", "存入", "转入"),
    ]
)
DEBIT = frozenset(
    [
        *(
            "d",
            "dr",
            "dr.",
            "debit",
            "s",
            "soll",
            "débit",
            "out",
            "db",
            "outflow",
            "money out",
            "paid out",
            "withdrawal",
            "sent",
        ),
        *("débito", "gasto", "egreso", "saída", "sortie", "ausgabe", "χρέωση", "출금", "出金"),
        *("af", "cargo", "lastschrift", "obciążenie", "расход", "списание", "-", "−"),
        *("借", "借方", "支出", "支", "付", "出", "支取", "转出"),
    ]
)
#: Words beside an amount that say that it is neither: money between own pockets, or an order that was closed.
NEITHER = frozenset({"不计收支", "中性交易", "不计", "其他", "/", "neutral"})
STATUS_BOOKED = frozenset(
    [
        *(
            "posted",
            "completed",
            "complete",
            "booked",
            "cleared",
            "settled",
            "paid",
            "success",
            "successful",
            "executed",
            "sent",
            "ok",
        ),
        *("gebucht", "comptabilisé", "contabilizado", "zaksięgowana", "исполнено", "выполнено", "проведено"),
        *("交易成功", "成功", "支付成功", "已入账", "已记账", "交易完成"),
    ]
)
STATUS_PENDING = frozenset(
    [
        *(
            "pending",
            "authorised",
            "authorized",
            "processing",
            "reserved",
            "on hold",
            "vorgemerkt",
            "en attente",
            "pendiente",
        ),
        *("oczekuje", "в обработке", "处理中", "未入账", "待处理"),
    ]
)
DATES = tuple(
    DayFormat(text)
    for text in (
        "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y.%m.%d.", "%Y%m%d", "%Y年%m月%d日", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y",
        "%d/%m/%y", "%m/%d/%y", "%d-%m-%Y", "%m-%d-%Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %b %y", "%b %d, %Y", "%b %d %Y",
        "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S %z", "%Y-%m-%dT%H:%M:%S%z",
        "%Y-%m-%dT%H:%M:%S", "%Y.%m.%d %H:%M:%S", "%Y.%m.%d %H:%M", "%d/%m/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M",
        "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S %p", "%d/%m/%Y %H:%M:%S %p",
        "%Y%m%d%H%M%S%z", "%Y%m%d%H%M%S.%f%z", "民國%Ey年%m月%d日",
    )
)  # fmt: skip
#: Days without a year, of which the first is the likelier. `%d.%m` is a figure everywhere but under the heading of a day.
YEARLESS = tuple(
    DayFormat(text)
    for text in (
        "%m/%d", "%d/%m", "%m-%d", "%d-%m", "%d.%m.", "%m月%d日", "%d %b", "%b %d", "%d-%b", "%d/%b", "%d%b", "%d.%m",
        "%m-%d %H:%M:%S", "%m-%d %H:%M", "%m/%d %H:%M:%S", "%m/%d %H:%M", "%d/%m %H:%M:%S", "%d/%m %H:%M",
    )
)  # fmt: skip
#: A currency as it stands behind a heading, `Saldo (R$)`: "" where several countries use it.
_HEADED = {
    "r$": "BRL",
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "zł": "PLN",
    "₺": "TRY",
    "₽": "RUB",
    "元": "CNY",
    "원": "KRW",
    "円": "JPY",
    "$": "",
    "¥": "",
}
#: A currency as it stands before a heading: `人民币金额`.
_NAMED = {"人民币": "CNY", "美元": "USD", "港币": "HKD", "欧元": "EUR", "日元": "JPY", "英镑": "GBP"}
#: Words that say that no money moved, or that it came back: beside one of them a status column is never passed over.
STATUS_REFUSED = frozenset(
    [
        *(
            "failed",
            "denied",
            "declined",
            "cancelled",
            "canceled",
            "rejected",
            "refused",
            "reversed",
            "reverted",
            "expired",
        ),
        *("void", "voided", "returned", "blocked", "abgelehnt", "storniert", "refusé", "annulé", "rechazado"),
        *(
            "anulado",
            "odrzucona",
            "отклонено",
            "отменено",
            "交易关闭",
            "交易失败",
            "失败",
            "已关闭",
            "已退款",
            "已全额退款",
        ),
    ]
)
#: A currency alone over a column is that of the amounts in it: `CAD$`, `USD`.
_ALONE = re.compile(r"(usd|eur|gbp|cad|aud|nzd|chf|jpy|cny|hkd|sgd|inr|sek|nok|dkk|zar)[ $€£¥]{0,2}")
FOOTERS = ("Total", "Totals", "Summe", "Gesamt", "Totaux", "Suma", "Totaal", "合计", "总计", "小计", "人民币合计")
_ZONES = frozenset(
    {"utc", "gmt", "cet", "cest", "est", "edt", "pst", "pdt", "bst", "hkt", "sgt", "local", "local time"}
)
_UNIT = re.compile(r"[\s_]*(?:\( ?([a-z]{3}) ?\)|\b([a-z]{3}))$")
SYMBOLS = {
    "$": "", "£": "GBP", "€": "EUR", "¥": "", "￥": "CNY", "元": "CNY", "₸": "KZT", "₹": "INR", "₽": "RUB", "₺": "TRY", "₩": "KRW",
    "฿": "THB", "₫": "VND", "₪": "ILS", "₴": "UAH", "円": "JPY", "원": "KRW", "TL": "TRY",
}  # fmt: skip
_BALANCES = {
    "opening balance": "opening", "balance brought forward": "opening", "brought forward": "opening", "anfangssaldo": "opening",
    "solde initial": "opening", "saldo inicial": "opening", "期初余额": "opening", "上期余额": "opening",
    "closing balance": "closing", "balance carried forward": "closing", "carried forward": "closing", "endsaldo": "closing",
    "solde final": "closing", "saldo final": "closing", "期末余额": "closing", "本期余额": "closing",
    "last month's balance": "opening", "last statement balance": "opening", "balance from last statement": "opening", "balance last statement": "opening",
    "saldo anterior": "opening", "saldo początkowe": "opening", "devreden bakiye": "opening", "входящий остаток": "opening",
    "algsaldo": "opening", "lõppsaldo": "closing", "käive": "other", "apgrozījums": "other", "s a l d o": "closing",
    "saldo atual": "closing", "saldo końcowe": "closing", "исходящий остаток": "closing",
    "saldo do dia": "other", "turnover": "other", "total turnover": "other", "apyvarta": "other", "обороты": "other", "obroty": "other", "obroty razem": "other",
}  # fmt: skip
#: Beginnings of words that make a line a stated balance when one of each kind stands in it: `Solde en fin de période`.
_STATES = (
    *("balance", "saldo", "solde", "likut", "остат", "bakiye", "余额", "zůstat", "egyenleg", "kontostand"),
    *("结余", "atlikum"),
)
_SIDES = {
    "opening": (
        *(
            "open",
            "start",
            "begin",
            "initial",
            "brought",
            "b/f",
            "anfang",
            "alter",
            "début",
            "debut",
            "précéd",
            "anterior",
            "inicial",
        ),
        *(
            "previous",
            "pradži",
            "począt",
            "входящ",
            "начал",
            "期初",
            "上期",
            "devreden",
            "iniziale",
            "počát",
            "nyitó",
            "sākum",
            "awal",
        ),
    ),
    "closing": (
        *(
            "closing",
            "end",
            "ending",
            "final",
            "carried",
            "c/f",
            "neuer",
            "ende",
            "fin",
            "finale",
            "atual",
            "actual",
            "pabaig",
            "końc",
        ),
        *("исходящ", "конец", "期末", "本期", "koneč", "záró", "beigu", "akhir"),
    ),
}
_SHORT = 4  # letters: `fin` and `end` are words of their own, not the beginning of `finance`
_CLOSED = frozenset(
    [
        *(
            "billing",
            "transaction",
            "payment",
            "transfer",
            "posting",
            "booking",
            "account",
            "statement",
            "settlement",
            "txn",
            "post",
        ),
        *("balance", "operation", "entry", "movement", "card", "bank"),
    ]
)
_MONEY = frozenset({"amount", "debit", "credit", "balance"})
_CJK = re.compile("(?<=[\u3000-\u9fff]) (?=[\u3000-\u9fff])")


def role_of(cell: str) -> tuple[str, str]:
    """Return (role, currency) of a heading; `Betrag (EUR)`, `Amount CZK` and `Bedrag in EUR` say the currency too.

    >>> (
    ...     role_of("记账金额(收入)"),
    ...     role_of("Billing amount"),
    ...     role_of("日 志 号"),
    ...     role_of("Saldo (R$)"),
    ...     role_of("Notes"),
    ... )
    (('credit', ''), ('amount', ''), ('reference_bank', ''), ('balance', 'BRL'), ('', ''))
    """
    shown = _CJK.sub("", words(cell.replace("_", " ")).strip(" :*#'\"")).replace(" / ", "/")
    if shown in _LEXICON:
        return _LEXICON[shown], ""
    if "." in shown and (plain := " ".join(shown.replace(".", " ").split())) in _LEXICON:
        return _LEXICON[plain], ""
    if is_end_to_end(cell):
        return "reference_end_to_end", ""
    if side := side_of_account(cell):
        return ("account" if side == "own" else "counterparty_account"), ""
    if alone := _ALONE.fullmatch(shown):
        return "amount", alone[1].upper()
    bare, _, unit = shown.rpartition("(")
    bare, unit = bare.strip(), unit.removesuffix(")").strip()
    if bare in _LEXICON and unit in _HEADED:
        return _LEXICON[bare], _HEADED[unit]
    if _LEXICON.get(bare) in {"booked", "value_date", "time"} and unit in _ZONES:
        return _LEXICON[bare], ""
    if _LEXICON.get(bare) == "amount" and _LEXICON.get(unit) in {"debit", "credit"}:
        return _LEXICON[unit], ""
    found = _UNIT.search(shown)
    if (
        found
        and (code := (found[1] or found[2]).upper()) in EXPONENTS
        and (role := _LEXICON.get(shown[: found.start()].removesuffix(" in")))
    ):
        return role, code
    first, slash, _ = shown.partition("/")
    if slash and first.strip() in _LEXICON:
        return _LEXICON[first.strip()], ""
    if _LEXICON.get(shown[2:]) in _MONEY and shown[:2] in _NAMED:
        return _LEXICON[shown[2:]], _NAMED[shown[:2]]
    if _LEXICON.get(shown[3:]) in _MONEY and shown[:3] in _NAMED:
        return _LEXICON[shown[3:]], _NAMED[shown[:3]]
    qualifier, _, rest = shown.partition(" ")
    if qualifier in _CLOSED and _LEXICON.get(rest) in {"booked", "value_date", "amount", "currency", "balance"}:
        return _LEXICON[rest], ""
    return "", ""


_OF_ACCOUNT = re.compile(
    "account currency|kontowährung|валют[еуа] счета|платежа$|devise du compte|moneda cuenta|valuta conto|měna účtu|zaúčtovan|记账|入账|结算|"
    "billing|buchungsbetrag|booked amount|settled"
)
_OF_BOOKING = re.compile("book|buch|boek|compta|contab|księgow|zaúčt|проводк|обработк|post|complet|记账|入账|įrašo")


def is_of_account(heading: str) -> bool:
    """Whether a heading says that its figures are in the currency of the account: of two amounts, that one moved it."""
    return _OF_ACCOUNT.search(words(heading)) is not None


_OF_COUNTERPARTY = re.compile(
    "tegen|gegen|contre|contrap|counter|partner|对方|对手|kontrah|контраг|protiúč|beneficiar|zahlungsbet"
)


def is_of_counterparty(heading: str) -> bool:
    """Whether a heading names the other side: beside `BIC tegenpartij`, `BIC` is the bank's own."""
    return _OF_COUNTERPARTY.search(words(heading)) is not None


def is_booking(heading: str) -> bool:
    """Whether a heading says that its day is the bank's booking day: of two days, the other is when somebody paid."""
    return _OF_BOOKING.search(words(heading)) is not None


def side_of(text: str) -> str:
    """Return `credit` or `debit` for a word beside an amount, such as `贷 Cr`; "" for anything else."""
    shown = words(text)
    said = {shown} if shown in CREDIT | DEBIT else set(re.split(r"[ /()]+", shown)) - {""}
    if said and said <= CREDIT:
        return "credit"
    return "debit" if said and said <= DEBIT else ""


def balance_line(text: str) -> tuple[str, bool]:
    """Return (opening, closing, other or "", whether the whole wording is known) for the text of a line.

    >>> balance_line("期末余额"), balance_line("Likutis pradžiai"), balance_line("Solde de tout compte")
    (('closing', True), ('opening', False), ('', False))
    """
    shown = words(text).strip("# :")
    if shown in _BALANCES:
        return _BALANCES[shown], True
    said = shown.split()
    if not 1 <= len(said) <= 6 or not _holds(said, _STATES):
        return "", False
    sides = [side for side, stems in _SIDES.items() if _holds(said, stems)]
    return (sides[0], False) if len(sides) == 1 else ("", False)


def _holds(said: list[str], stems: tuple[str, ...]) -> bool:
    return any(
        stem in word if ord(stem[0]) > 0x3000 else word == stem if len(stem) < _SHORT else word.startswith(stem)
        for word in said
        for stem in stems
    )
