import type { Host } from "../api/types";
import { bytes, celsius, count, duration, percent } from "../lib/format";
import { fansNow, throttled } from "../lib/hardware";
import { Age } from "./Age";
import { Card } from "./Card";
import { Fact, Facts } from "./Fact";

/** What the computer is and how it fares, whether it mines or not. */
export function HostCard({ host }: { host: Host }) {
  const { cpu, memory, hugePages, agent } = host;
  const fans = fansNow(host.fans);
  return (
    <Card title="Computer">
      <Facts width="wide">
        <Fact label="Processor" note={`${count(cpu.cores)} cores, ${count(cpu.threads)} threads`}>
          <span className="font-sans">{cpu.model || "unnamed"}</span>
        </Fact>
        <Fact label="Processor in use" value={percent(cpu.usage)} why="Measured from the second reading on." />
        <Fact label="Temperature" value={celsius(cpu.temperature)} why="This system shows no processor sensor." />
        <Fact
          label="Slowed by heat"
          help="How often the processor lowered its clock to stay cool, since the computer was started."
          value={throttled(cpu.throttle)}
          why="This processor or its system does not count it."
        />
        <Fact
          label="Fans"
          help="Turns per minute, to about 100."
          value={fans?.value ?? null}
          why="This system shows no fan."
          note={fans?.lines.map((line) => (
            <span key={line} className="block">
              {line}
            </span>
          ))}
        />
        <Fact label="Memory free" value={bytes(memory.available)} note={`of ${bytes(memory.total)}`} />
        <Fact
          label="Huge pages reserved"
          help="Large memory pages set aside by the system. RandomX is faster with them."
          value={hugePages === null ? null : `${count(hugePages.free)} free`}
          why="This system does not tell."
          note={hugePages === null ? undefined : `of ${count(hugePages.total)}, ${bytes(hugePages.sizeBytes)} each`}
        />
        <Fact
          label="NUMA nodes"
          help="Parts of the memory, each near to some of the processor's cores. RandomX is fastest with a dataset in each."
          value={cpu.numaNodes === null ? null : count(cpu.numaNodes)}
          why="This system does not tell."
        />
        <Fact
          label="MSR"
          help="Registers of the processor. Root can set them once after each start of the computer; RandomX is then some per cent faster. The doctor says how."
          value={cpu.msr}
          why="This processor has none, or the system does not tell."
        />
        <Fact
          label="Load"
          help="Programs that wanted the processor, on average over 1, 5 and 15 minutes."
          value={host.loadAverage?.map((n) => n.toFixed(2)).join("  ") ?? null}
          why="This system does not tell."
        />
        {host.battery?.present ? (
          <Fact
            label={host.battery.ups ? "UPS" : "Battery"}
            value={percent(host.battery.percent === null ? null : host.battery.percent / 100)}
            why={`The ${host.battery.ups ? "UPS" : "battery"} does not tell its charge.`}
            note={host.battery.onBattery ? "running on battery" : "plugged in"}
          />
        ) : null}
        <Fact label="Up for" value={duration(host.uptime)} />
        <Fact label="System" note={host.kernel}>
          <span className="font-sans">{host.os}</span>
        </Fact>
        <Fact
          label="Agent"
          help="The part of adit that looks after the mining programs on this computer."
          value={agent.version || null}
          why="The agent has not told its version."
          note={
            agent.connected ? (
              "connected"
            ) : (
              <>
                not connected, last heard <Age at={agent.lastSeenAt} why="It was never heard." />
              </>
            )
          }
        />
      </Facts>
    </Card>
  );
}
