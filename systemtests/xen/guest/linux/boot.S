/*
 * Starts a Linux kernel from the disk of an emulated machine. Its firmware reads a disk word by word, each an exit to the device
 * model: minutes for a kernel, under emulation. So this reads the kernel and its initramfs itself, 64 KiB at a time, by the disk
 * controller's bus master. From the firmware it has its own sectors and the kernel's real-mode part alone.
 *
 * linux.sh makes the disk and says where on it everything is:
 *
 *     SETUP_SECTORS           of the real-mode part, from SETUP_AT on
 *     KERNEL_AT, KERNEL_RUNS  the rest of the kernel, in runs of 64 KiB
 *     INITRD_AT, INITRD_RUNS  the initramfs
 *     INITRD_SIZE             in bytes
 *     INITRD_TO               where in memory
 *     COMMAND_LINE            of the kernel
 */
        .set setup_segment, 0x9000
        .set kernel_to, 0x100000
        .set run, 0x10000
        .set sectors_per_run, run / 512
        .set pci_address, 0xcf8
        .set pci_data, 0xcfc
        .set controller, 0x80000900     /* 00:01.1 */
        .set ide, 0x1f0
        .set ide_control, 0x3f6
        .set read_by_dma, 0xc8
        .set debug_port, 0xe9

        /* Of the kernel's header, from the start of its real-mode part on: Documentation/x86/boot.rst. */
        .set type_of_loader, 0x210
        .set loadflags, 0x211
        .set ramdisk_image, 0x218
        .set ramdisk_size, 0x21c
        .set heap_end_ptr, 0x224
        .set cmd_line_ptr, 0x228
        .set heap_end, 0xde00
        .set can_use_heap, 0x80

        .code16
        .global _start
_start: cli
        xorw %ax, %ax
        movw %ax, %ds
        movw %ax, %es
        movw %ax, %ss
        movw $0x7000, %sp
        ljmp $0, $1f
1:      sti
        movw $0x0203, %ax               /* read 3 sectors */
        movw $0x0002, %cx               /* from the second one on */
        movw $0x0080, %dx               /* of the first disk */
        movw $0x7e00, %bx
        int $0x13
        jc failed
        jmp stage

failed: movw $sorry, %si
        cld
1:      lodsb
        testb %al, %al
        jz 2f
        outb %al, $debug_port
        jmp 1b
2:      hlt
        jmp 2b

sorry:  .asciz "cannot read the disk\n"

        .org 510
        .word 0xaa55

stage:  movw $setup_packet, %si
        movb $0x42, %ah
        movb $0x80, %dl
        int $0x13
        jc failed

        movw $setup_segment, %ax
        movw %ax, %es
        movb $0xff, %es:type_of_loader  /* one without a number */
        orb $can_use_heap, %es:loadflags
        movw $heap_end - 0x200, %es:heap_end_ptr
        movl $command_line, %es:cmd_line_ptr
        movl $INITRD_TO, %es:ramdisk_image
        movl $INITRD_SIZE, %es:ramdisk_size

        cli
        movl $controller + 4, %eax      /* command: ports and bus master on */
        call config
        inw %dx, %ax
        orw $5, %ax
        outw %ax, %dx
        movl $controller + 0x20, %eax   /* the bus master's ports */
        call config
        inw %dx, %ax
        andw $0xfff0, %ax
        movw %ax, bus_master

        movb $2, %al                    /* nobody would answer an interrupt */
        movw $ide_control, %dx
        outb %al, %dx
        movl $KERNEL_AT, %ebx
        movl $kernel_to, %edi
        movw $KERNEL_RUNS, %cx
        call load
        movl $INITRD_AT, %ebx
        movl $INITRD_TO, %edi
        movw $INITRD_RUNS, %cx
        call load
        xorb %al, %al
        movw $ide_control, %dx
        outb %al, %dx

        movw $setup_segment, %ax
        movw %ax, %ds
        movw %ax, %es
        movw %ax, %fs
        movw %ax, %gs
        movw %ax, %ss
        movw $heap_end, %sp
        ljmp $setup_segment + 0x20, $0

/* %eax: the address of a register of a PCI device; %dx: the port where it then is. */
config: movw $pci_address, %dx
        outl %eax, %dx
        movw $pci_data, %dx
        ret

/* %cx runs from sector %ebx on, to %edi. */
load:   movl %edi, region
        movw bus_master, %dx
        xorb %al, %al                   /* stopped */
        outb %al, %dx
        addw $2, %dx
        movb $6, %al                    /* what happened before is taken note of */
        outb %al, %dx
        addw $2, %dx
        movl $region, %eax
        outl %eax, %dx

        movw $ide + 2, %dx
        movb $sectors_per_run, %al
        outb %al, %dx
        movl %ebx, %eax                 /* the number of the sector, the lowest octet first */
        incw %dx
        outb %al, %dx
        shrl $8, %eax
        incw %dx
        outb %al, %dx
        shrl $8, %eax
        incw %dx
        outb %al, %dx
        incw %dx
        movb $0xe0, %al                 /* the first drive, by block number */
        outb %al, %dx
        incw %dx
        movb $read_by_dma, %al
        outb %al, %dx
        movw bus_master, %dx
        movb $9, %al                    /* go, into memory */
        outb %al, %dx

        addw $2, %dx
1:      inb %dx, %al
        testb $1, %al                   /* still at it */
        jnz 1b
        testb $2, %al
        jnz failed
        movw bus_master, %dx
        xorb %al, %al
        outb %al, %dx
        movw $ide + 7, %dx
        inb %dx, %al
        testb $1, %al
        jnz failed
        addl $run, %edi
        addl $sectors_per_run, %ebx
        loop load
        ret

setup_packet:
        .byte 16, 0
        .word SETUP_SECTORS, 0, setup_segment
        .quad SETUP_AT

bus_master:
        .word 0

        .align 8
region: .long 0, 0x80000000             /* 64 KiB, and the only one */

command_line:
        .asciz COMMAND_LINE

        .org 2048
