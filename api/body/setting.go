package body

import "github.com/adit-mining/adit/fleet/setting"

// Settings are what people set about adit itself.
type Settings = setting.Settings
