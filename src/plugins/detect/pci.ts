// The PCI bus as sysfs shows it: cards that are in the machine, whether they have a driver or not.
import type { System } from "./system.ts";

export interface PciDevice {
  /** "0000:0f:00.0" */
  address: string;
  /** "0x10de" */
  vendor: string;
  /** "0x2330" */
  device: string;
  /** "0x030200": class, subclass, programming interface. */
  class: string;
  /** "nvidia", "nouveau", "vfio-pci"; absent when no driver has it. */
  driver?: string;
}

const NVIDIA = "0x10de";
/** Display controllers: VGA and 3D. An NVIDIA card has sound, USB and bridge functions too, which are no GPUs. */
const DISPLAY = /^0x030[02]/;

const FOLDER = "/sys/bus/pci/devices";

/** Every device: `/sys/bus/pci/devices/0000:0f:00.0/vendor` holds `0x10de\n`. */
export function readPciDevices(system: System): PciDevice[] {
  return system.readFolder(FOLDER).map((address) => {
    const read = (name: string) => (system.readText(`${FOLDER}/${address}/${name}`) ?? "").trim().toLowerCase();
    // A link: `../../../../bus/pci/drivers/nvidia`.
    const driver = system.findLink(`${FOLDER}/${address}/driver`)?.split("/").at(-1);
    const device = { address, vendor: read("vendor"), device: read("device"), class: read("class") };
    return driver === undefined ? device : { ...device, driver };
  });
}

export function isNvidiaGpu(device: PciDevice): boolean {
  return device.vendor === NVIDIA && DISPLAY.test(device.class);
}
