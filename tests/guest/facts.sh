# Turns what facts.guest printed into text that is the same for every version of a kernel.
# shellcheck shell=bash disable=SC2154,SC2034 # variables of, and for, the case

facts_script=$(<"$guest_tests/facts.guest")

# pci_facts: the configuration spaces as lspci reads them, numbers for names, so that neither the
# version of pci.ids nor the kernel's drivers matter.
pci_facts() {
  section pci | awk '
    /^0000:/ { print (at ? "\n" : "") substr($0, 6) " function"; at = 0; next }
    { line = $0; gsub(/../, " &", line); printf "%02x:%s\n", at, line; at += 16 }
    END { print "" }' >"$work/pci.dump"
  lspci -F "$work/pci.dump" -vv -n 2>"$work/lspci.err" | sed 's/[ \t]*$//'
}

# interrupt_facts: the devices' lines of /proc/interrupts, without counts.
interrupt_facts() { section irq | sed -nE 's/ +/ /g; s/^ ?([0-9]+:) [0-9]+ /\1 /p'; }

# iomem_facts: without the kernel's own sections.
iomem_facts() { section iomem | grep -vE 'Kernel (code|rodata|data|bss)'; }

# warnings: what the kernel logged as a warning or worse. One without PAE says that it cannot reach
# the PCI window above 4 GiB, which is so.
warnings() { section dmesg | grep -E '^<[0-4]>' | grep -v 'ignored, not CPU addressable'; }
