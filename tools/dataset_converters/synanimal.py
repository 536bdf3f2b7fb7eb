# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Convert a data set; --help tells the rules:

python tools/dataset_converters/synanimal.py RAW OUT
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from mmpose_mlda.converters.cli import main
from mmpose_mlda.converters.synanimal import SynAnimal

if __name__ == '__main__':
    main(SynAnimal)
