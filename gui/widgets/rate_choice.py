"""How often live pictures are analysed."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox

from gui.kit import Kit
from gui.language import counted, tr

_RATES = (0, 1, 2, 5, 10, 15)


class RateChoice(QComboBox):
    """Shows and changes the setting `live_rate`."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setMinimumContentsLength(8)  # where the window is narrow
        self.activated.connect(lambda place: kit.state.change_settings(live_rate=self.itemData(place)))
        kit.state.settings_changed.connect(lambda names: self.show_rates() if "live_rate" in names else None)

    def show_rates(self) -> None:
        """All words in the present language."""
        present = self._kit.state.settings.live_rate
        self.clear()
        for rate in sorted({*_RATES, present}):
            words = counted("{count} analysis/s", "{count} analyses/s", rate) if rate else tr("Without limit")
            self.addItem(words, rate)
        self.setCurrentIndex(self.findData(present))
        self.setAccessibleName(tr("Analyses a second at most"))
        self.setToolTip(tr("How often faces are looked for; less often leaves the processor more rest"))
