"""What these scripts share with the application: its drawn people and its alignment. They need no installed package."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))

from core.demo.canvas import color_of
from core.demo.people import DrawnPerson, draw_person, imagine_person
from core.vision.align import TEMPLATE, similarity

__all__ = ["TEMPLATE", "DrawnPerson", "color_of", "draw_person", "imagine_person", "similarity"]
