"""``python -m dashboard``: see ``dashboard.cli``."""

import sys

from dashboard.cli import main
from dashboard.logs import mask_tracebacks
from data.secrets.private_files import keep_to_ourselves

mask_tracebacks()
keep_to_ourselves()
sys.exit(main())
