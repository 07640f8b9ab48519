"""Marks: what each mark that a reader sets says, in a sentence, and what of the record it puts in doubt.

A mark is the reader's word on something it read but that is odd (formats.md 1.3). A mark that touches an amount, a sign, a
day, an account, a currency, a balance, a printed total or the completeness of the file is a doubt: a check is off, and the
exhibit is flagged. The others are told: a note where something is odd, a reading where they only say how it was read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["KINDS", "READ_PLAIN", "Kind", "kind_of", "told"]

#: The marks of a posting, as the ledger holds them, in which no doubt can be: whole columns of a large table.
READ_PLAIN = ("[]", '["spend-positive"]')


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of mark. `touches`: what it puts in doubt, "note" where nothing, "reading" where nothing is odd."""

    name: str
    touches: str
    pattern: str
    en: str
    zh: str

    @property
    def is_doubt(self) -> bool:
        return self.touches not in {"note", "reading"}


_OWN = "account|counterparty_account|number|iban|paid_account|record"
_CODES = "amount-[a-z-]+|currency-in-cell"

#: Read from above: the first pattern that fits the whole mark is its kind.
KINDS: tuple[Kind, ...] = tuple(Kind(*line) for line in (
    # days
    ("no-such-day", "date", (r"date-not-real(:\w+)?|date-does-not-exist:.*|no such day in .*|\w+_NOT_A_DAY:.*"
     r"|(\d\d\w?: )?(booking|value|entry|balance|period|issue) date .*does not exist|the value date .*does not exist"),
     "what is printed is no day of any calendar; the day is left empty", "所印并非历法中的日期，故留空"),
    ("day-unreadable", "date", r"date-unreadable:.*|BIRTH_(MONTH|DATE)_NOT_READ", "a day cannot be read; it is left empty", "日期无法识读，故留空"),
    ("day-of-a-spreadsheet", "date", r"date-(serial|as-float)(:\w+)?", "a spreadsheet turned a day into a number; it is read back from that", "电子表格将日期变为数值，系由该数值还原"),
    ("days-mixed", "date", r"dates-mixed:.*", "some days are dates of the workbook and others text: of the dates a spreadsheet may have turned day and month",
     "部分日期为工作簿日期格式、部分为文本；电子表格可能已将前者的日与月互换"),
    ("days-cross", "date", r"DATES_CROSS|closed-before-opened", "the last day is before the first", "截止日早于起始日"),
    # amounts and signs
    ("scientific", "amount", r"scientific[- ]notation.*", "an amount is printed as a power of ten; digits may have been lost before", "金额以科学计数法印出，此前或已丢失位数"),
    ("separator", "amount", r"(\d\d\w?: )?((thousands \S+|decimal point|no decimal comma|no digit before the comma|three digits behind the comma) in .*)",
     "an amount departs from the standard's decimal comma", "金额的分隔符不合标准的小数逗号"),
    ("total-unread", "total", rf"({_CODES}):footer:.*|Ttl\w*Ntries: .*", "a printed total cannot be read", "所印合计无法识读"),
    ("figure-unread", "amount", rf"({_CODES}):\w+:.*|(OCMT|part|AmtDtls/[\w/]+|ChrgsInf/Amt): .*", "a figure beside the amount cannot be read; it is left empty", "金额之外的一项数字无法识读，故留空"),
    ("parts", "amount", r"parts sum to .*", "the parts of an entry do not sum to it", "明细之和与分录金额不符"),
    ("returned-more", "amount", r"more is returned than was paid: .*", "a return states more than the payment it returns", "退款金额大于所退的原付款"),
    ("no-amount", "amount", r"no field 32[AB]|no amount is (ordered|settled)|missing \{2000\}", "the message prints no amount", "报文未印金额"),
    ("formula", "amount", r"formula(-without-value)?:.*", "a formula stands in a cell of the line; its value was computed, not printed by a bank", "该行单元格含公式，其值系计算所得，非银行所印"),
    ("debit-negative", "sign", r"debit-negative", "a negative debit is read as a credit", "负的借方金额作贷方读取"),
    ("credit-negative", "sign", r"credit-negative", "a credit is printed with a minus; what that means is taken from the other lines of its column", "贷方金额带负号，其含义依同栏其他各行而定"),
    ("sign-turned", "sign", r"sign-inverted-by-balances|reversals are turned: .*", "the sign is turned against what is printed, because only so do the balances tie", "正负号与所印相反，因唯有如此余额方能相符"),
    ("standard-amount", "amount", r"amount departs from the standard: .*", "an amount is not written as the standard has it", "金额的写法不合标准"),
    ("type-against-sign", "sign", r"TRNTYPE \S+ with the amount .*", "the printed type says debit or credit, the sign the other", "所印类型与金额正负相反"),
    ("reversal-proved", "reading", r"reversal: signed by .*; the balances prove it", "a reversal, its side proved by the balances", "冲正，其借贷方向由余额证明"),
    ("reversal", "sign", r"reversal: .*", "the side of a reversal is taken from the standard or turned by the balances", "冲正的借贷方向依标准或依余额确定"),
    ("direction-open", "sign", r"direction-not-answered", "no balance proves which side is money out, and nobody said it (--answer direction=as_read or turned)",
     "无余额可证明何为支出，亦无人陈明（--answer direction=as_read 或 turned）"),
    ("direction-stated", "reading", r"direction-stated:.*", "which side is money out is a person's statement", "何为支出系由人员陈明"),
    ("spend-positive", "reading", r"spend-positive", "spending is printed without a sign, as the profile states", "按映射配置，支出不带符号"),
    ("year-of-another-era", "reading", r"(buddhist|republic)-era:.*", "the year is of the Buddhist era, and 543 are taken from it, or of the Republic of China, and 1911 are added",
     "年份为佛历（已减去543年）或民国纪年（已加上1911年）"),
    ("year-answered", "reading", r"year-by:(answer|profile):.*|year-stated:by .*", "days are printed without a year; a person or the profile states it", "日期未印年份，由人员或映射配置陈明"),
    ("year-stated", "reading", r"year-(by|stated):.*|year-by-booking:.*", "days are printed without a year; a line of the file states it", "日期未印年份，由文件中另一行载明"),
    # accounts
    ("account-damaged", "account", rf"(number-as-float|number-beyond-15-digits|digits-after-15-are-zero|leading-zeros-may-be-lost):({_OWN})",
     "a spreadsheet may have changed digits of an account number", "电子表格可能改动了账号的数位"),
    ("account-unsure", "account", r"no account is printed|account taken from .*|field 25 .*|iban-check-digits",
     "the account is not printed as the standard has it, or its check digits are wrong", "账号未按标准印出，或其校验位有误"),
    ("account-named", "account", r"account by its name only: .*|SUBACCTFUND .*", "the account is told by a name, or the line is of another sub-account", "账户仅以名称载明，或该行属另一子账户"),
    ("number-lost-zeros", "identity", r"COMPANY_NUMBER_UNQUOTED", "a company number is printed as a number and may have lost its zeros", "公司注册号以数值印出，前导零或已丢失"),
    # currencies, balances, totals, completeness
    ("currency-answered", "currency", r"currency-answered:.*", "the currency that a person answered is another than the one the lines print",
     "人员所答币种与各行所印币种不同"),
    ("other-currency", "currency", r".* is in [A-Z]{3}, the (account|statement) in .*", "a balance or total is in another currency than the statement", "余额或合计的币种与对账单不同"),
    ("not-a-currency", "currency", r"CURDEF .* is no currency", "the printed currency is none that is known", "所印币种不存在"),
    ("no-currency", "currency", r"(\d\d\w?: )?balance without a currency", "a balance is printed without a currency", "余额未印币种"),
    ("balances-disagree", "balance", r"page .* opens at another balance .*|a second closing balance .*|\S+ stands twice: .* and .*", "two printed balances disagree", "所印两项余额不一致"),
    ("signed", "balance", r"signed:.*", "no printed balance proves this; a person answers for it by name, and says why",
     "此处无所印余额可证，由具名人员说明理由并负责"),
    ("band-edge", "amount", r"band-edge:.*", "a figure stands across the edge of its column on the page", "数字跨越页面上的栏界"),
    ("hidden-text", "record", r"hidden-text:.*", "the file holds words that nobody sees on the page; they are not read", "文件含页面上不可见的文字，未予读取"),
    ("hidden-sheet", "record", r"hidden-sheet:.*", "the lines stand in a sheet that the workbook hides", "各行位于工作簿中隐藏的工作表"),
    ("total-or-payment", "record", r"total-or-payment", "a cell says that the line is a total, its amount is no sum of the others, and no balance tells: it is read as a payment",
     "单元格注明为合计，金额却非其他各行之和，亦无余额可证：按付款读取"),
    ("tag-repeated", "record", r"\w+ is repeated: the first is read", "a tag that a payment has once stands twice; the first is read, the other is kept with the raw fields",
     "付款中只应出现一次的标签重复出现；读取第一个，其余保留在原始字段中"),
    ("annotated", "record", r"pdf-annotations:.*", "notes are put over the page; what is read is the page below them", "页面上附有批注，所读取者为其下的页面"),
    ("proof-all", "reading", r"balance-proof:(?P<n>[0-9]+)/(?P=n)", "every step from balance to balance ties", "各步余额均相符"),
    ("proof-some", "balance", r"balance-proof:.*", "not every step from balance to balance ties", "并非各步余额均相符"),
    ("net-ok", "reading", r"footer-net:ok", "the printed net is the sum of the lines", "所印净额与各行之和相符"),
    ("net-off", "total", r"footer-net:off:.*", "the printed net is not the sum of the lines", "所印净额与各行之和不符"),
    ("control-ok", "reading", r"control-total:[\w-]+:((?P<v>-?\d+):(?P=v)|not printed)", "a printed control figure is the one found, or none is printed", "所印控制数与所得相符，或未印控制数"),
    ("control-off", "total", r"control-total:.*", "a printed control figure is not the one found", "所印控制数与所得不符"),
    ("sum-off", "total", r"(CtrlSum|field 19 or 32A:) .*, found .*", "a printed sum is not that of the records", "所印合计与各记录之和不符"),
    ("count-off", "total", r"TtlNtries states .*|NbOfTxs .*, found .*", "a printed count is not the number of records", "所印笔数与记录数不符"),
    ("cut", "completeness", r"opens at an intermediate balance .*|ends at an intermediate balance .*|the last page is not held|page [0-9]+ of [0-9]+ is not held|pages go from .*|the file ends before .*|the last line has no end: .*",
     "a part of the statement is not held, or it is cut short", "对账单缺页或不完整"),
    ("not-sent", "status", r"NAK: .*", "the network rejected this message; it was never sent on", "网络拒收该报文，从未发出"),
    ("status", "status", r"status .* is not of the standard|no status: taken as booked", "whether the entry is booked is not said as the standard has it", "是否入账未按标准载明"),
    ("report-day", "date", r"no as-of date", "the report prints no day; its lines have none", "报告未印日期，各行因而无日期"),
    ("report-status", "status", r"group status .*", "the bank sends the report as a correction, a deletion or a test, or does not say what it is", "银行将该报告作为更正、删除或测试发送，或未载明其性质"),
    ("status-twice", "balance", r"status \d+ stands twice: .*", "a balance or total is printed twice with two figures", "同一余额或合计印有两个不同数字"),
    ("no-trailer", "completeness", r"no control record .*", "a control record is missing; the file may be cut short", "缺少控制记录，文件可能不完整"),
    ("one-line-twice", "record", r"FITID stands twice: .*", "two lines have one identifier of the bank: they may be one", "两行使用同一银行标识，或为同一笔"),
    ("corrected", "record", r"CORRECTFITID .*|withdrawn by the bank: .*", "the bank corrects or withdraws a line", "银行更正或撤回一行"),
    ("late-opening", "record", r"an opening balance below other lines.*", "an opening balance stands below other lines, or names another account, and is read as a line", "期初余额印在其他行之后或属另一账户，作普通行读取"),
    # odd, and nothing that a figure rests on
    ("charset-guessed", "identity", r"charset guessed: .*", "no charset is named, and this one is guessed by its commonest characters: names may be wrong (--answer encoding=gb18030, or the one that the bank states)",
     "文件未载明字符编码，系依常用字推定，名称可能有误（--answer encoding=gb18030，或银行陈明的编码）"),
    ("charset-contradicted", "identity", r"charset contradicted: .*", "the profile names a charset, and the bytes make words of another one: names may be wrong (correct `file.encoding` of the profile)",
     "档案配置载明字符编码，但字节更合另一编码，名称可能有误（请更正配置中的 `file.encoding`）"),
    ("charset-taken", "note", r"charset taken: .*", "no charset is named; where letters fit two, what settles it is told", "文件未载明字符编码；文字可合两种编码时，已说明取舍依据"),
    ("charset", "note", r"declared charset .*", "the text is in another encoding than the file says", "文本编码与文件所载不同"),
    ("balance-early", "note", r"LEDGERBAL .* is of .*, before the last line of .*", "the printed balance is of an earlier day than the last lines, and closes none of them",
     "所印余额的日期早于最后各行，不构成其期末余额"),
    ("ends-open", "record", r"no record of the file has an end tag: .*", "where one line ends and the next begins is taken from the tags that begin them",
     "各行止于何处系依下一行的起始标签判定"),
    ("balance-day", "note", r"LEDGERBAL is of .*, the lines end .*", "the closing balance is of a later day than the lines", "期末余额的日期晚于所列各行"),
    ("no-identifier", "note", r"no FITID", "the line has no identifier of the bank", "该行无银行标识"),
    ("currency-by-standard", "note", r"no currency is printed: .* by the standard", "no currency is printed; it is the default of the standard", "未印币种，依标准取默认币种"),
    ("number-damaged", "note", r"(number-as-float|number-beyond-15-digits|digits-after-15-are-zero|leading-zeros-may-be-lost):.*",
     "a spreadsheet may have changed digits of a reference", "电子表格可能改动了参考号的数位"),
    ("masked", "note", r"amount-masked(:\w+)?", "a figure is masked; it is left empty, not zero", "数字被遮盖，故留空，非为零"),
    ("country", "note", r"country:.*", "a country stands behind the figure", "数字后带有国别"),
    ("account-answered", "note", r"account-answered:.*", "the account that a person answered, and that is taken, is another than the one the profile finds in the file",
     "所采用的人员所答账户，与映射配置在文件中所得账户不同"),
    ("without-currency", "note", r"no-currency:.*", "the original amount has no currency; it is kept as text", "原币金额无币种，仅作文字保留"),
    ("no-balance-date", "note", r"(\d\d\w?: )?balance without a date", "a balance is printed without a day", "余额未印日期"),
    ("funds-code", "note", r"(\d\d\w?: )?letters of the (line|balance) in lower case: .*|funds code .*|type code .*|no type code|owner reference beyond .*", "a code of the line is not as the standard has it", "该行代码不合标准"),
    ("as-text", "note", r"block \S+ is not closed|tag .* taken as text|no block and no tag|block 2 .*|text before the first tag|no envelope", "a part of the message is not as the standard has it and is kept as text", "报文一部分不合标准，作文字保留"),
    ("copy", "note", r"possible duplicate.*|copy or duplicate.*", "marked as a possible copy by the sender", "发送方标注可能为副本"),
    ("no-number", "note", r"no statement number", "the statement has no number", "对账单无编号"),
    ("batch-part", "note", r"only \d+ of \d+ payments of the batch are detailed", "of a batch that is booked in one sum, not every payment is named", "批量入账合为一笔，其中未逐一载明各笔付款"),
    ("one-side", "note", r"only the \w+ is named", "only the holder's own side of the payment is named", "仅载明付款一方"),
    ("agents", "note", r"field \w+ stands twice|\S+ without a BIC|\{\d+\} without an ABA number|repeated \{\d+\}|missing \{\d+\}|sequence B without .*|121 is no UUID .*",
     "a field of the message is missing, doubled or without its code", "报文字段缺失、重复或无代码"),
    ("references-open", "note", r"references not told apart: .*", "where the references of the line begin cannot be told; they are kept in its text", "无法判定该行参考号始于何处，故保留在文字中"),
    ("no-value", "note", r"no-value", "the message moves no money", "该报文不移动资金"),
    ("test", "note", r"test-message", "a test message", "测试报文"),
    ("unordered", "note", r"unordered", "the format promises no order of the lines of one day", "该格式不保证同日各笔的次序"),
    ("unproven", "note", r"unproven", "no printed balance proves order and sign", "无所印余额可证明次序与正负"),
    ("balance-before", "note", r"balance-printed-before-line", "the balance is printed before its line; the amount of the line is added to it", "余额印于该行记账之前；已加计该行金额"),
    ("order", "note", r"order-differs-from-profile|order-by-\w+", "the order is not that of the profile, or is taken from days", "次序与映射配置不同，或依日期确定"),
    ("signed-nothing", "note", r"signed-nothing:.*", "a signature for something that is no break", "所签认处并无不符"),
    ("carried", "note", r"carried:.*", "an empty cell says what the line above says, as the profile states", "空白单元格依映射配置沿用上行内容"),
    ("unread-text", "note", r"(unseen-text|pdf-turned):.*", "words beyond the page, too small, or printed in another direction; they are not read",
     "文字超出页面、过小或方向不同，未予读取"),
    ("page-font", "note", r"pdf-undrawn:.*", "a font is not in the file, so that the page could not be compared with its picture", "文件未嵌入字体，无法与页面图像核对"),
    ("page-file", "note", r"pdf-(saved|warning):.*", "the file was written to again after it was made, or departs from the format", "文件制成后曾再次写入，或不合格式"),
    ("columns", "note", r"column-absent:.*|extra-cell:.*", "a column of the profile is missing, or a line has a cell more", "缺少映射配置所列的列，或某行多出单元格"),
    ("workbook", "note", r"formulas(-without-value)?:\d+|macros-present|dates-1904|external-link:.*", "the workbook carries formulas, macros, links or the 1904 dates", "工作簿含公式、宏、外部链接或1904日期系统"),
    ("register-odd", "note", (r"(RECORD_STATUS|LEFTOVER|UNKNOWN_KIND|DIRECTNESS|EXEMPTION):.*|ANNOTATED|JOINT_BY_NAME|COMPONENTS_NOT_READ|COMPONENT_WITH_COMPONENTS|NO_INTERESTS"
     r"|BO_NOT_A_PERSON|STARTS_AFTER_STATEMENT|SHARE_\w+|IDENTIFIERS_NOT_READ|NO_REASON|NO_STATEMENT_DATE|BIRTH_DATE_FORM|EXACTLY_75|NO_NAME|NO_START|CEASED_UNDATED|SELF_PSC"
     r"|NO_REGISTRATION_NUMBER|NO_NATURE|NO_COMPANY_NUMBER|COMPANY_FROM_LINK|OVERSEAS"),
     "the register prints something odd, or leaves something out", "登记资料有异常或缺项"),
    ("held-as-float", "note", r"amount-held-as-float", "a graph keeps the amount as a binary fraction; it is read as the shortest decimal that is this fraction",
     "图数据库以二进制小数存金额，按与其相等的最短十进制数读取"),
    # how it was read
    ("stated-by-a-graph", "reading", r"stated-by-a-graph", "somebody's graph states the payment; it is no line of a bank", "该付款由他人图数据载明，非银行记账行"),
    ("profile", "reading", r"(profile|profile-sha256|confirmed-by|printed):.*", "the profile that read the table", "读取该表的映射配置"),
    ("page-made", "reading", r"pdf-(Producer|CreationDate|ModDate):.*", "what the file says about how it was made", "文件自述的制作信息"),
    ("equivalent-ordered", "note", r"ordered as the equivalent in [A-Z]*", "a sum is ordered whose equivalent in another currency is to be paid", "所指示的金额以另一币种的等值支付"),
    ("report-time", "reading", r"as-of-time:.*", "the time of the report as printed", "报告所印时刻"),
    ("fee-beside", "reading", r"fee-beside:.*", "a fee printed beside the amount is taken with it", "金额之外所印的手续费一并计入"),
    ("not-seen", "note", r"layout-not-seen:.*", "the profile was written from what is public about the bank's layout; no file of the bank was seen",
     "映射配置依公开资料编写，未见该银行的真实文件"),
    ("derived", "reading", r"opening-derived|closing-not-printed", "a balance is not printed; the opening one is taken from the first line's", "余额未印出；期初余额由首行推得"),
    ("around", "reading", r"(footer|preamble|leftovers?|field \w+|AddtlStmtInf|AddtlRptInf|AddtlNtfctnInf|continued)[: ].*", "text around the lines, kept as printed", "各行前后的文字，照原样保留"),
    ("register", "reading", (r"(SOURCE|STATEMENT|ENTITY_TYPE|SUBTYPE|PEP|DESCRIPTION|DETAILS|SORT|PSC_KIND|RESIDENCE|LINKED_PSC|foundingDate|dissolutionDate|deathDate|legal_form|legal_authority):.*"
     r"|RECORD_CLOSED|COMPONENT|LISTED|BO|CONTROL_OVER|NUMBER_ONLY"), "what the register says besides", "登记资料的其他记载"),
))  # fmt: skip
_UNKNOWN = Kind("unknown", "record", ".*", "a mark that no sentence explains", "无说明的标记")
_COMPILED = tuple((re.compile(kind.pattern, re.DOTALL), kind) for kind in KINDS)


@lru_cache(maxsize=4096)
def kind_of(mark: str) -> Kind:
    """Return the kind of a mark; one that no pattern knows is a doubt, so that it is seen."""
    return next((kind for pattern, kind in _COMPILED if pattern.fullmatch(mark)), _UNKNOWN)


def told(mark: str) -> str:
    """Return a mark in a sentence, with the mark itself."""
    return f"{kind_of(mark).en} ({mark})"
