"""Authority and contrary authority of elections, theories and screens in Chinese; citations stay as they are cited.

Marks as in the English: [F] found, [K] known and not re-read. The English stands in `election_names.py` and `theory_law.py`,
under the same keys; a test holds both sets of keys together, and every citation of the English.
"""

from __future__ import annotations

__all__ = ["ELECTIONS_ZH", "PARAMETERS_ZH", "STATUTES_ZH", "THEORIES_ZH"]

_COUNSEL = "请律师确认"
_VERIFY = "[K，提交前须核实]"

ELECTIONS_ZH: dict[str, tuple[str, str]] = {
    "specific_identification": (
        "得克萨斯州的“clearinghouse”与“identical sum inference”，McKinley [F]",
        "仅凭金额与时间相符属推断：列出每一笔其他可能的借记",
    ),
    "restoration": (
        "Roscoe v Winder [1915] 1 Ch 62 的例外：回补意图明确 [F]",
        "Re Dameron, 155 F.3d 718, 724 (4th Cir. 1998)：最低点之后不因后来款项而恢复 [F]",
    ),
    "backward_link": (
        "Federal Republic of Brazil v Durant [2015] UKPC 35：须主张并证明整个交易的协调安排 [F]",
        f"Bishopsgate v Homan [1995] Ch 211 {_VERIFY}；法院是否就犯罪所得接受此法：{_COUNSEL}",
    ),
    "account_group": (
        f"未查得依据：作为选择予以披露（归集、零余额或资金池协议）；{_COUNSEL}",
        "规则按账户而非按持有人适用（tracing.md 1.3）",
    ),
    "cash_redeposit": (
        f"被接受的推断，并载明其类别（tracing.md 1.3, E13）；{_COUNSEL}",
        "默认不予接受：该存款来源不明，所得仍为现金",
    ),
    "parameter": (
        f"tracing.md 1.2 与 1.3 所列的替代做法；{_COUNSEL}",
        "本次运算的默认做法，见封面",
    ),
    "banco_cafetero": (
        (
            "US v Banco Cafetero Panama, 797 F.2d 1154, 1159-60 (2d Cir. 1986) [案件存在 F；选项 K，提交前须核实]；"
            "US v Henshaw, 388 F.3d 738 (10th Cir. 2004)：衡平裁量 [F]"
        ),
        (
            "该案适用2000年以前的合理根据标准 [F]；现行标准为优势证据，18 USC 983(c)(1) "
            f"{_VERIFY}；各选项择一适用，同一笔钱不得并用"
        ),
    ),
    "oatway": (
        f"Re Oatway [1903] 2 Ch 356 {_VERIFY}；宽：Shalson v Russo [2003] EWHC 1637 (Ch) at [144] [F]",
        "窄：Turner v Jacob [2006] EWHC 1317 (Ch)，账户余额足够时不得挑选 [F]",
    ),
}

PARAMETERS_ZH: dict[str, tuple[str, str]] = {
    "reversal": (
        f"以原有构成列于队尾，绝非新的合法款项（tracing.md 1.3）；{_COUNSEL}",
        "默认双方记账均视为无效：账目按两笔均未发生计算",
    ),
    "libr": (
        (
            "Re Hallett's Estate (1880) 13 Ch D 696；James Roscoe (Bolton) Ltd v Winder [1915] 1 Ch 62 [F]；可用余额："
            "为人所知的检验 [F 仅为关键词；未查得案件]"
        ),
        f"未查得依据确定按日终还是按日内计算：属须披露的参数；{_COUNSEL}",
    ),
}

#: What is no citation in the name of a theory; of the others the name is a citation alone.
STATUTES_ZH: dict[str, str] = {
    "value": "基于价值的没收",
    "shared": "一次性分配（R3b）及按最低余额设上限的分配（R3c）",
    "poison": "筛查，绝非金额认定：全部污染",
    "tiho": "筛查，绝非金额认定：流入归于最大支出",
    "family_expense": "筛查，绝非金额认定：家庭开支先耗尽",
}

THEORIES_ZH: dict[str, tuple[str, str]] = {
    "proceeds": (
        f"981(a)(2)(A) 违法活动按毛额；(B) 违法销售的合法商品扣除直接成本；(C) 贷款欺诈扣除已偿还额 {_VERIFY}",
        f"适用 (A)、(B) 或 (C) 由律师判断；直接成本由主张人举证 {_VERIFY}",
    ),
    "section_984": (
        "法条原文 [F]；“explicitly overrules Banco Cafetero”，832 F. Supp. 542 (E.D.N.Y. 1993) [F]",
        f"不适用于同业账户，除非持有人知情参与；逾一年须追踪；期日计算以及换号或归集后的“同一账户”：{_COUNSEL}",
    ),
    "section_1957": (
        (
            f"presume：US v Silver, 948 F.3d 538 (2d Cir. 2020)、US v Moore, 27 F.3d 969 (4th Cir. 1994) {_VERIFY}；US v Erker "
            f"(6th Cir. 3 Mar 2025) [F]；aggregate：US v Davis, 226 F.3d 346 (5th Cir. 2000) {_VERIFY}；"
            f"trace_all：US v Rutgard, 116 F.3d 1270 (9th Cir. 1997) {_VERIFY}"
        ),
        f"各巡回法院意见不一 [F]：列出全部模式；各模式的解读为本项目所采：{_COUNSEL}",
    ),
    "involved_in": (
        (
            "(a)(1)(A) 法条原文 [F]；US v Tencer, 107 F.3d 1120、US v Bornfield, 145 F.3d 1123、US v Kivanc, 714 F.3d 782 "
            f"{_VERIFY}"
        ),
        (
            f"US v $448,342.85, 969 F.2d 474：仅有合法资金并存不使其受污染；US v Voigt, 89 F.3d 1050 {_VERIFY}；"
            "过度罚金条款与无辜所有人（983(d)）仍适用"
        ),
    ),
    "interbank": (
        "981(k)(2) 法条原文 [F]；Union Bank (1st Cir. 18 May 2007) [F]；US v Sum of $70,990,605 (D.D.C. 2015) [F]",
        f"银行在其已履行义务的范围内为所有人，(k)(4) {_VERIFY}",
    ),
    "poca": (
        "法条原文 [F]：“portion of the mixed property attributable to the recoverable property”；未规定方法",
        "第278条：追踪虽使对象增多，仍不得重复追回 [F]",
    ),
    "value": (
        f"获益为各笔收受在取得时的价值之和 {_VERIFY}",
        f"R v Waya [2012] UKSC 51：须合比例 {_VERIFY}；美国无定罪对物诉讼不适用",
    ),
    "shared": (
        (
            "R3b：Barlow Clowes v Vaughan [1992] 4 All ER 22 [F]；US v Durham, 86 F.3d 70 [F 转引]。R3c：据称出自 Re French "
            f"Caledonia (2003) 59 NSWLR 361 [K，确切公式不确定：{_COUNSEL}]"
        ),
        (
            "Greymac (1986) 55 OR (2d) 673；Boughner v Greyhawk 2012 ONSC 3185：以追踪为基础（R3d，即按标签的 LIBR 数字）[F]；"
            "分配不能说明哪项资产含有所得"
        ),
    ),
    "poison": (
        f"凡可达账户的一切支出全额计入；大陆法伙伴称全部污染 {_VERIFY}",
        "不守恒；许多专家不认为属法务会计 [F]",
    ),
    "tiho": (
        "Tironsakkul et al. 2019 [F 标题；规则 K，提交前须核实]：所得归于金额最大的支出",
        f"链上分析的启发式做法：未查得就银行账户的依据；{_COUNSEL}",
    ),
    "family_expense": (
        f"See v See (1966) 64 Cal.2d 778 {_VERIFY}：家庭开支先消耗共同财产",
        f"属婚姻财产法；并非 LIBR，未查得就犯罪所得的依据；{_COUNSEL}",
    ),
}
