package install

import "strings"

// systemOf tells from its first bytes for which system an executable is, "" = unknown (a script, say). Sources: ELF
// specification, e_ident; PE format, MS-DOS stub; mach-o/loader.h and fat.h.
func systemOf(head []byte) string {
	switch {
	case strings.HasPrefix(string(head), "\x7fELF"):
		return "Linux or BSD"
	case strings.HasPrefix(string(head), "MZ"):
		return "Windows"
	}
	switch string(head) {
	case "\xcf\xfa\xed\xfe", "\xce\xfa\xed\xfe", "\xca\xfe\xba\xbe":
		return "macOS"
	}
	return ""
}

func runsOn(system, platform string) bool {
	os, _, _ := strings.Cut(platform, "/")
	switch os {
	case "windows":
		return system == "Windows"
	case "darwin":
		return system == "macOS"
	}
	return system == "Linux or BSD"
}
