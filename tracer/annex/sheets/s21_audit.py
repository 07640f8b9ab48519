"""21_AUDIT: the log of the case up to its last load or judgement, overrides first (annex.md section 3, safety.md S17)."""

from __future__ import annotations

from tracer.annex.plan import ADMINISTRATIVE, Plan, Sheet, col


def build(plan: Plan, override: tuple[str, str] | None) -> Sheet:
    """Add sheet 21; `override` is (who, reason) of a build that went on although a check failed."""
    sheet = plan.open(
        Sheet(
            "21_AUDIT",
            ("Audit log", "审计日志"),
            (
                "Each line holds the hash of the one before; the log ends with the last load or judgement, never with its own export",
                "每行含前一行哈希；日志止于最后一次载入或判断，不含本次导出",
            ),
            ADMINISTRATIVE,
            (
                col("n", "No.", "序号", "N", 6),
                col("utc", "UTC", "时间", "T", 20),
                col("user", "User", "用户", "T", 14),
                col("action", "Action", "动作", "T", 11),
                col("object", "Object", "对象", "T", 26),
                col("before", "Before", "前", "T", 14),
                col("after", "After", "后", "T", 24),
                col("reason", "Reason", "理由", "T", 24),
                col("software", "Software", "软件版本", "T", 14),
                col("config_hash", "Hash of case.yaml", "配置哈希", "T", 26),
                col("input_hash", "Hash of input", "输入哈希", "T", 26),
                col("prev_hash", "Hash before", "前一哈希", "T", 26),
                col("this_hash", "Hash", "本条哈希", "T", 26),
            ),
            meta=False,
        )
    )
    if override is not None:
        who, reason = override
        sheet.add(
            {
                "n": 0,
                "user": who,
                "action": "override",
                "object": "02_CHECKS",
                "reason": reason,
                "config_hash": plan.config_hash,
            }
        )
    for line in plan.dossier.log:
        sheet.add(
            {
                "n": line.n,
                "utc": line.utc,
                "user": line.user,
                "action": line.action,
                "object": line.object,
                "before": line.before,
                "after": line.after,
                "reason": line.reason,
                "software": line.software,
                "config_hash": plan.config_hash,
                "input_hash": line.input_hash,
                "prev_hash": line.prev_hash,
                "this_hash": line.this_hash,
            }
        )
    return sheet
