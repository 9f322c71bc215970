from pathlib import Path

from routing.kernel import jit


def test_machine_code_of_other_sources_is_never_used(tmp_path: Path, monkeypatch) -> None:
    source = tmp_path / "sources"
    source.mkdir()
    (source / "a.py").write_text("x = 1\n")
    monkeypatch.setattr(jit, "_ROOT", source)
    before = jit.cache_folder(str(tmp_path / "cache"), tmp_path)
    again = jit.cache_folder(str(tmp_path / "cache"), tmp_path)
    # A kernel that others call changes; the files of the others do not.
    (source / "a.py").write_text("x = 2\n")

    after = jit.cache_folder(str(tmp_path / "cache"), tmp_path)

    assert before == again
    assert before != after
    assert before.parent == after.parent == tmp_path / "cache"


def test_the_users_cache_is_taken_where_nobody_says(tmp_path: Path) -> None:
    assert jit.cache_folder("", tmp_path).is_relative_to(tmp_path / ".cache")


def test_where_nobody_may_write_the_temporary_directory_serves(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    folder = jit.cache_folder(str(tmp_path / "file" / "below"), tmp_path)

    assert not folder.is_relative_to(tmp_path / "file")


def test_compiled_kernels_lie_there() -> None:
    import numba.core.config

    assert Path(numba.core.config.CACHE_DIR).name == jit.cache_folder("", Path.home()).name
