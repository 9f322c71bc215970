from datetime import date

import pytest

from tests.support.sample import SampleReader, sample


@pytest.fixture(scope="session")
def kyushu(tmp_path_factory) -> SampleReader:
    return sample(tmp_path_factory.mktemp("sample"), date(2026, 11, 22))
