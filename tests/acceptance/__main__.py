"""`python -m tests.acceptance DIR`: judge every case of a folder, one line a query."""

import argparse
import sys
from collections import Counter
from pathlib import Path

from tests.acceptance.cases import read_cases
from tests.acceptance.run import Verdict, Word, judge, summary


def main(arguments: list[str] | None = None) -> int:
    """Judge a folder; 0 only where no query failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.acceptance", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of cases (*.json)")
    parser.add_argument("--only", default="", help="only cases whose name contains this")
    parser.add_argument("--debug", action="store_true", help="print where a query broke")
    options = parser.parse_args(arguments)
    if not options.folder.is_dir():
        print(f"{options.folder} is no folder", file=sys.stderr)
        return 2
    count: Counter[Word] = Counter()
    for case in read_cases(options.folder):
        name = case[0] if isinstance(case, tuple) else case.id
        if options.only not in name:
            continue
        if isinstance(case, tuple):
            verdicts = iter([Verdict(name, "file", Word.FAIL, case[1])])
        else:
            verdicts = judge(case, debug=options.debug)
        for verdict in verdicts:
            count[verdict.word] += 1
            print(verdict.line(), flush=True)
    print(summary(count))
    return 1 if count[Word.FAIL] else 0


if __name__ == "__main__":
    sys.exit(main())
