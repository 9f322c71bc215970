"""The open cases: what the project can do, it does right."""

from collections import Counter

import pytest

from tests.acceptance.cases import read_cases
from tests.acceptance.run import Word, judge
from tests.support.shared import SHARED

FOLDER = SHARED / "acceptance" / "cases"

needs_cases = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"the acceptance cases are not at {FOLDER} (MAAS_SHARED)"
)


# All kernels are compiled here if nothing ran before: minutes on a busy machine.
@pytest.mark.timeout(1200)
@needs_cases
def test_no_open_case_fails() -> None:
    verdicts = [verdict for case in read_cases(FOLDER) for verdict in judge(case)]  # type: ignore[arg-type]

    failed = [verdict.line() for verdict in verdicts if verdict.word is Word.FAIL]
    words = Counter(verdict.word for verdict in verdicts)

    assert failed == []
    assert words[Word.OK] > 0
