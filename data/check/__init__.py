"""Check for integrators: does a source, through its mapping, deliver what the wall needs?

``examine`` reads every table of the mapping once, as a load would, runs the load's own pass over it and judges the result;
nothing is written anywhere, and of the rows' contents only codes (also of cells) are reported, never free text.
"""

from data.check.examine import examine
from data.check.finding import Finding, Value
from data.check.report import Report
from data.check.scenes import check_panels, panel_faults

__all__ = ["Finding", "Report", "Value", "check_panels", "examine", "panel_faults"]
