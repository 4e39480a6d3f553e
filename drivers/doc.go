// Package drivers is the tool shed: one folder per firmware or program; drivers/all is the parts list.
//
// A driver may import the root package, device, drivers/internal and internal/; it knows no database, bus or user,
// and no other driver. Start reading at aditminer (software) and host (hardware).
package drivers
