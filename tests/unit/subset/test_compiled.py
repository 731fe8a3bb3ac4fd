"""Machine code is kept as long as no file that it was made from changes."""

from pathlib import Path

from hpobench.subset.discrepancy.compiled import fingerprint


def test_what_is_kept_depends_on_all_files_with_compiled_functions_and_on_no_other(
    tmp_path: Path,
) -> None:
    def after(name: str, content: str) -> str:
        (tmp_path / name).write_text(content)
        return fingerprint(tmp_path)

    outer = after("outer.py", "\n@compiled\ndef f(): return g()")
    first = after("inner.py", "\n@compiled_part\ndef g(): return 1")
    assert outer != first
    assert after("inner.py", "\n@compiled_part\ndef g(): return 2") != first
    assert after("inner.py", "\n@compiled_part\ndef g(): return 1") == first
    assert after("other.py", "def h(): return 3") == first
