"""The tab 过程: paths of cases through the stages."""
