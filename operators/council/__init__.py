"""What the council watches: sales, rides and refunds, and where people went, safely counted."""
