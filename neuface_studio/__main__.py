"""`python -m neuface_studio`."""

import sys

from neuface_studio.app import main

sys.exit(main())
