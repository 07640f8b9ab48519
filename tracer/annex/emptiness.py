"""Why a sheet has 0 rows: an empty table without its reason reads like an oversight, or like a finding of nothing.

A case may consist of wires alone, or of registers alone. Its annex is then built all the same, and the sheets that need
statements say that none is held.
"""

from __future__ import annotations

from tracer.annex.plan import ADMINISTRATIVE, Plan, Sheet, col

__all__ = ["UNTRACED", "untraced", "why"]

#: The tab that stands for the tracing sheets where no account is traced.
UNTRACED = "10_T"

_FIXED: dict[str, tuple[str, str]] = {
    "04_PARTIES": (
        "no register, message or case file names a party record",
        "登记资料、报文和案件文件均未载明主体记录",
    ),
    "05_ACCOUNTS": ("no statement and no account-opening data is held", "未取得对账单和开户资料"),
    "06_OFFENCES": ("no offence is stated in case.yaml", "案件文件未载明犯罪"),
    "07_EVENTS": ("no predicate event is stated in case.yaml", "案件文件未载明上游犯罪事件"),
    "08_TXN": ("no statement of account is held", "未取得账户对账单"),
    "09_WIRES": ("no payment message and no joined payment is held", "未取得付款报文或已配对的付款"),
    "12_ASSETS": ("no asset register is held", "未取得资产登记资料"),
    "13_BO": ("no chain of interests leads to an entity that is asked about", "没有通向所问实体的权益链"),
    "14_NEXUS": ("no record held names a US institution", "所持记录未载明美国机构"),
    "16_GAPS": ("no gap, break or set-aside line was found", "未发现缺口、断点或搁置行"),
    "17_EXHIBITS": ("no exhibit may leave the case", "没有可移交的证物"),
    "18_TIMELINE": ("not compiled in this version; dates stand on 06, 07 and 08", "本版未编制；日期见第06、07、08表"),
    "19_WEALTH": (
        "not compiled in this version; wealth is never an input of a trace",
        "本版未编制；财产状况不作为追踪依据",
    ),
    "20_ORDERS": ("no order is stated; orders belong to routes R5 and R9", "未载明裁判；裁判属于R5和R9途径"),
    "21_AUDIT": ("the log has no line before this export", "本次导出之前日志无记录"),
}


def why(plan: Plan, tab: str) -> tuple[str, str]:
    """Return the reason for which the main table of a sheet is empty, in English and Chinese."""
    if tab in {UNTRACED, "11_FLOW", "15_METHODS"}:
        return _untraced(plan)
    tested = plan.dossier.tested
    if tab in {"23_SENSITIVITY", "24_RUN", "25_EXPLAINED"}:
        if tested is None:
            return "not run for this workbook; `tracer annex` runs it", "本工作簿未运行；由 tracer annex 运行"
        if tab == "23_SENSITIVITY" and tested.not_run[0]:
            return tested.not_run
        if tab == "25_EXPLAINED" and not plan.trace.claims:
            return _untraced(plan)
        return "no asset was paid for and no account may hold proceeds", "没有资产付款，也没有账户可能留有所得"
    return _FIXED.get(tab, ("nothing of this kind is in the case", "本案没有此类记录"))


def _untraced(plan: Plan) -> tuple[str, str]:
    if not plan.dossier.postings:
        return "no statement of account is held: nothing can be traced", "未取得账户对账单，无法追踪"
    if not plan.case.events:
        return "no predicate event is stated: no event, no trace", "案件文件未载明上游犯罪事件：无事件则无追踪"
    if not plan.trace.claims:
        return (
            "the credit by which the proceeds of an event entered is not among the records held (sheet 16)",
            "所持记录中没有事件所得入账的贷记（见第16表）",
        )
    return "no account carries proceeds under any rule", "任一规则下均无账户带有所得"


def untraced(plan: Plan) -> Sheet:
    """Add the tab that stands for the tracing sheets of a case in which no account is traced."""
    columns = (
        col("seq", "No.", "序号", "N", 60),
        col("credit", "Credit", "贷方", "M", 16),
        col("debit", "Debit", "借方", "M", 16),
        col("balance", "Balance", "余额", "M", 16),
    )
    titles = ("Tracing sheets by account", "逐账户追踪表")
    purpose = ("No account is traced in this case", "本案未追踪任何账户")
    return plan.open(Sheet(UNTRACED, titles, purpose, ADMINISTRATIVE, columns))
