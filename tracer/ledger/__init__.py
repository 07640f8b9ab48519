"""The ledger: the only writer of facts.

Facts are Parquet segments that never change; `manifest.jsonl` chains them: each line names the files of one commit with
their SHA-256 and the hash of the line before. A commit is visible when the new manifest has been renamed over the old one,
so a reader sees all of it or nothing, and a writer that is killed leaves only files that nobody names; the next writer
removes them. Readers never take the lock.

`append` sorts incoming rows into new, duplicate (same id, same content) and conflict (same id, other content). A conflict
is stored beside the fact as kind `conflict` and reported; nothing is overwritten. Rows of a large file come in parts
(`tracer.spooled`), each of ids above those before, and are written as they come: no load holds all its rows, nor does folding
segments. The chain head of a large load therefore differs from one whose rows were held; rows, ids and the content head do not.

Two heads: the *content head* hashes the sorted fact ids with their row hashes and does not depend on the order of
loading; the *chain head* is the hash of the last manifest line and does.
"""

from tracer.ledger.lock import WriterLock
from tracer.ledger.store import Appended, Head, Ledger, Writer

__all__ = ["Appended", "Head", "Ledger", "Writer", "WriterLock"]
