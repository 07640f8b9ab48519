"""Real glyphs or a loud stop (charts.md section 7).

matplotlib only warns about a missing glyph and draws a box. Titles are bilingual, so every exhibit needs a CJK font;
every character is looked up in the fonts' own maps before anything is drawn.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tracer.model import TracerError

__all__ = ["CJK_SHA256", "Font", "MissingGlyphs", "demand_glyphs", "find_fonts", "prepare", "properties"]

#: NotoSansCJK-Regular.ttc 2.004, the same bytes from PyPI `noto-cjk-sans-otc` 0.0.1 and Debian `fonts-noto-cjk`; OFL-1.1.
CJK_SHA256 = "b76b0433203017ca80401b2ee0dd69350349871c4b19d504c34dbdd80541690a"

#: JP and SC draw 直 and 骨 differently, and face 0 of the collection is the Japanese one.
CJK_FACE = "Noto Sans CJK SC"

_DEBIAN = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
_FIX = "pip install noto-cjk-sans-otc, or apt-get install fonts-noto-cjk, or pass fonts=[path]"


class MissingGlyphs(TracerError):
    """Characters that no configured font draws, or the CJK font itself is absent: nothing is written."""


@dataclass(frozen=True, slots=True)
class Font:
    """One face, loaded by file and never by a family name that the system may substitute."""

    path: str
    face: int
    name: str
    sha256: str


@functools.cache
def _sha256(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _candidates() -> Iterable[Path]:
    spec = find_spec("noto_cjk_sans_otc")
    if spec is not None and spec.submodule_search_locations:
        yield Path(next(iter(spec.submodule_search_locations))) / "NotoSansCJK-Regular.ttc"
    yield _DEBIAN


def find_fonts(fonts: Iterable[str | Path] = ()) -> tuple[Font, ...]:
    """Return the faces to draw with, in the order they are tried: DejaVu Sans, explicit files, Noto Sans CJK SC.

    An explicit file may be any font; its hash is printed in the manifest. Raises: MissingGlyphs.
    """
    given = [Path(font) for font in fonts]
    faces = [_face(_base(), "DejaVu Sans"), *(_face(path, "") for path in given)]
    if any(face.name == CJK_FACE for face in faces):
        return tuple(faces)
    cjk = next((path for path in _candidates() if path.is_file()), None)
    if cjk is None and not given:
        raise MissingGlyphs(
            "No CJK font is installed; the titles of every exhibit are bilingual.",
            where=", ".join(path.name for path in _candidates()) or _DEBIAN.name,
            meaning="The exhibit would show empty boxes for Chinese characters. Nothing was written.",
            next_call=_FIX,
        )
    if cjk is not None:
        if _sha256(str(cjk)) != CJK_SHA256:
            raise MissingGlyphs(
                f"{cjk.name} is not the file that tracer was tested with.",
                where=f"SHA-256 {_sha256(str(cjk))[:16]}…, expected {CJK_SHA256[:16]}…",
                meaning="Another font may draw other shapes for the same text. Nothing was written.",
                next_call=f"{_FIX}; a file passed by path is used and its hash printed",
            )
        faces.append(_face(cjk, CJK_FACE))
    return tuple(faces)


def _base() -> Path:
    import matplotlib as mpl

    return Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


@functools.cache
def _face(path: Path, name: str) -> Font:
    """Return the face called `name`, in a collection the Simplified Chinese one; a name that is asked for is asserted."""
    from matplotlib.ft2font import FT2Font

    faces = [FT2Font(str(path), face_index=n).family_name for n in range(FT2Font(str(path)).num_faces)]
    wanted = name or (CJK_FACE if CJK_FACE in faces else faces[0])
    if wanted not in faces:
        raise MissingGlyphs(
            f"{path.name} has no face called {wanted}.",
            where=f"faces: {', '.join(faces[:8])}",
            meaning="Another face may draw other shapes for the same text. Nothing was written.",
            next_call=_FIX,
        )
    return Font(str(path), faces.index(wanted), wanted, _sha256(str(path)))


@functools.cache
def _glyphs(font: Font) -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(font.path, face_index=font.face).get_charmap())


def demand_glyphs(texts: Mapping[str, str], fonts: tuple[Font, ...]) -> None:
    """Raise `MissingGlyphs` if any character of any text is in none of the fonts. `texts`: where it stands -> text."""
    known = frozenset().union(*(_glyphs(font) for font in fonts))
    missing: dict[str, str] = {}
    for where, text in texts.items():
        for char in text:
            if ord(char) not in known:
                missing.setdefault(char, where)
    if missing:
        listed = [f"U+{ord(char):04X} in {where}" for char, where in sorted(missing.items())]
        raise MissingGlyphs(
            f"No font has {len(missing)} of the characters: {', '.join(f'U+{ord(c):04X}' for c in sorted(missing)[:12])}.",
            where="; ".join(listed[:6]) + (" …" if len(listed) > 6 else ""),
            meaning="The exhibit would show empty boxes in their place. Nothing was written.",
            next_call=_FIX,
        )


@functools.cache
def prepare() -> None:
    """Load the drawing libraries and the fonts' maps: most of the first drawing's time, and more than a repr may take.

    A verb that makes a chart does it, so that showing the chart stays within a second (notebook.md R6). A font that is
    missing is told where something is drawn.
    """
    for module in ("pyvis.network", "matplotlib.figure", "matplotlib.backends.backend_agg"):
        import_module(module)
    with contextlib.suppress(MissingGlyphs):
        demand_glyphs({}, find_fonts())


@functools.lru_cache(maxsize=256)
def properties(fonts: tuple[Font, ...], size: float) -> Any:
    """Return matplotlib font properties that fall back through the given files, and through no others.

    matplotlib asks for a fallback chain by family names only; here each name answers with its own file, so that the
    system's fonts are never consulted and no global list of fonts is changed.
    """
    from matplotlib.font_manager import FontPath, FontProperties

    files = {f"tracer-{font.sha256}-{font.face}": FontPath(font.path, font.face) for font in fonts}

    class ByFile(FontProperties):
        def get_file(self) -> Any:
            family = self.get_family()
            return files.get(family[0]) if len(family) == 1 else None

        def __copy__(self) -> ByFile:
            twin = ByFile.__new__(ByFile)
            twin.__dict__.update(self.__dict__)
            return twin

    made = ByFile(size=size)
    made.set_family(list(files))
    return made
