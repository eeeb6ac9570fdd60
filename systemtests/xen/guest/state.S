/*
 * A guest that tells what it sees of its devices: an image of a disk, started by the firmware, which it does without from then
 * on. Every half second it prints on Xen's debug port, for `xl dmesg`,
 *
 *     TICK 0007 a5
 *     POWER 0007 P0:ffff P1:0001 T0:ffffffff ...
 *     DEVICES 0007 PM:0000b001 PR:06800003 ...
 *     CARDS 0007 d5:813910ec d6:ffffffff ...
 *
 * TICK is that of tick.S: a counter in its memory, and the scratch register of its first serial port. The names of the others
 * are in the tables at the end of this file. Ports where nobody is read as ones. Xen cuts a line after 200 characters.
 *
 * An octet `o` on its first serial port has it power itself off, as its ACPI tables would have it: the sleep type is 7 where PM1
 * control is at the old port, and 0 at the new one.
 */
        .set counter, 0x80000
        .set disk_status, 0x80004
        .set disk_data, 0x80008         /* a sector */
        .set serial, 0x3f8
        .set serial_scratch, 0x3ff
        .set debug_port, 0xe9
        /* Channel 2 of the timer, which Xen itself emulates: 65536 steps are 55 ms. */
        .set timer_gate, 0x61
        .set timer_mode, 0x43
        .set timer_count, 0x42
        .set turns_per_tick, 8
        .set pci_address, 0xcf8
        .set pci_data, 0xcfc
        .set disk, 0x1f0
        .set disk_alternate_status, 0x3f6
        .set old_pm1_control, 0x1f44
        .set new_pm1_control, 0xb004
        .set sleep_7, 0x3c01
        .set sleep_0, 0x2001
        .set text, 0xb8100
        .set text_signature, 0x42534752
        .set frame_buffer_register, 0x80001010
        .set frame_buffer_signature, 0xc0ffee42
        .set marked_sector, 4

        .code16
        .global _start
_start: cli
        xorw %ax, %ax
        movw %ax, %ds
        movw %ax, %es
        movw %ax, %ss
        movw $0x6000, %sp
        movw $0x0203, %ax               /* read 3 sectors */
        movw $0x0002, %cx               /* from the second one on */
        xorb %dh, %dh
        movw $0x7e00, %bx
        int $0x13
        cli
        lgdt descriptors
        movl %cr0, %eax
        orb $1, %al
        movl %eax, %cr0
        ljmp $8, $flat

        .org 510
        .word 0xaa55

        .code32
flat:   movw $16, %ax
        movw %ax, %ds
        movw %ax, %es
        movw %ax, %ss
        movl $0x90000, %esp
        cld
        movl $0, counter
        movw $serial_scratch, %dx
        movb $0xa5, %al
        outb %al, %dx
        movl $text_signature, text
        call frame_buffer
        movl $frame_buffer_signature, 0x1000(%eax)
        movb $1, %al
        outb %al, $timer_gate
        movb $0xb4, %al                 /* channel 2, both octets, from 0 down again and again */
        outb %al, $timer_mode
        xorb %al, %al
        outb %al, $timer_count
        outb %al, $timer_count

tick:   incl counter
        call read_disk
        movl $tick_name, %esi
        call counted
        movl $serial_scratch, %edx
        inb %dx, %al
        movzbl %al, %ebx
        shll $24, %ebx
        movl $2, %ecx
        call print
        movb $'\n', %al
        outb %al, $debug_port
        movl $power_name, %esi
        movl $power_table, %edi
        call line
        movl $devices_name, %esi
        movl $devices_table, %edi
        call line
        movl $cards_name, %esi
        movl $cards_table, %edi
        call line

        movl $serial + 5, %edx          /* did an octet come? */
        inb %dx, %al
        testb $1, %al
        jz 1f
        movl $serial, %edx
        inb %dx, %al
        cmpb $'o', %al
        je power_off
        cmpb $'r', %al
        jne 1f
        movb $0xfe, %al                 /* reset, by the keyboard controller */
        outb %al, $0x64
1:      movl $turns_per_tick, %ecx
        call read_timer
turn:   movl %eax, %ebx
        movl $2000, %edi
1:      pause
        decl %edi
        jnz 1b
        call read_timer
        cmpl %ebx, %eax
        jbe turn                        /* still going down */
        decl %ecx
        jnz turn
        jmp tick

power_off:
        movl $off_name, %esi
        call string
        movl $old_pm1_control, %edx
        inw %dx, %ax
        cmpw $0xffff, %ax
        movw $sleep_7, %ax
        jne 1f
        movl $new_pm1_control, %edx
        movw $sleep_0, %ax
1:      outw %ax, %dx
        jmp tick

/* %esi: the name of the line; %edi: what is in it. */
line:   call counted
1:      cmpb $0, (%edi)
        je 2f
        movl $3, %ecx
        movl %edi, %esi
        call strings
        movl 4(%edi), %edx
        movzbl 3(%edi), %eax
        call *(kinds - 4 * 'a')(, %eax, 4)
        call print
        movb $' ', %al
        outb %al, $debug_port
        addl $8, %edi
        jmp 1b
2:      movb $'\n', %al
        outb %al, $debug_port
        ret

/* %esi: the name of the line, behind which the counter goes. */
counted:
        call string
        movl counter, %ebx
        shll $16, %ebx
        movl $4, %ecx
        call print
        movb $' ', %al
        outb %al, $debug_port
        ret

/* Each reads from %edx, to the upper %ecx digits of %ebx. */
word:   inw %dx, %ax
        movzwl %ax, %ebx
        shll $16, %ebx
        movl $4, %ecx
        ret
long:   inl %dx, %eax
        movl %eax, %ebx
        movl $8, %ecx
        ret
config: movl %edx, %eax
        call read_config
        movl %eax, %ebx
        movl $8, %ecx
        ret
memory: movl (%edx), %ebx
        movl $8, %ecx
        ret
linear: call frame_buffer
        movl 0x1000(%eax), %ebx
        movl $8, %ecx
        ret

/* %eax: where the linear frame buffer is. */
frame_buffer:
        movl $frame_buffer_register, %eax
        call read_config
        andb $0xf0, %al
        ret

/* %eax: from the address of a register to what is in it. */
read_config:
        movl $pci_address, %edx
        outl %eax, %dx
        movl $pci_data, %edx
        inl %dx, %eax
        ret

/* The marked sector, by the controller's registers. */
read_disk:
        movl $0, disk_data
        movl $disk + 6, %edx
        movb $0xe0, %al                 /* the first drive, by block number */
        outb %al, %dx
        movl $disk + 2, %edx
        movb $1, %al
        outb %al, %dx
        incl %edx
        movb $marked_sector, %al
        outb %al, %dx
        incl %edx
        xorb %al, %al
        outb %al, %dx
        incl %edx
        outb %al, %dx
        movl $disk + 7, %edx
        movb $0x20, %al                 /* read */
        outb %al, %dx
        movl $200000, %ecx
1:      movl $disk_alternate_status, %edx
        inb %dx, %al
        andb $0x89, %al
        cmpb $0x08, %al                 /* no longer busy, has data, no error */
        je 2f
        loop 1b
        jmp 3f
2:      movl $disk + 7, %edx            /* takes the interrupt back */
        inb %dx, %al
        movl $disk, %edx
        movl $disk_data, %edi
        movl $256, %ecx
        rep insw
3:      movl $disk + 7, %edx
        xorl %eax, %eax
        inb %dx, %al
        movl %eax, disk_status
        ret

/* %ecx characters from %esi. */
strings:
        lodsb
        outb %al, $debug_port
        loop strings
        ret

/* From %esi to a zero. */
string: lodsb
        testb %al, %al
        jz 1f
        outb %al, $debug_port
        jmp string
1:      ret

/* The upper %ecx hexadecimal digits of %ebx. */
print:  roll $4, %ebx
        movb %bl, %al
        andb $15, %al
        addb $'0', %al
        cmpb $'9', %al
        jbe 1f
        addb $'a' - '9' - 1, %al
1:      outb %al, $debug_port
        loop print
        ret

/* %eax: the count of channel 2. */
read_timer:
        movb $0x80, %al
        outb %al, $timer_mode
        xorl %eax, %eax
        inb $timer_count, %al
        movb %al, %ah
        inb $timer_count, %al
        xchgb %al, %ah
        ret

tick_name:
        .asciz "TICK "
power_name:
        .asciz "POWER "
devices_name:
        .asciz "DEVICES "
cards_name:
        .asciz "CARDS "
off_name:
        .asciz "OFF\n"

        .align 8
gdt:    .quad 0
        .quad 0x00cf9a000000ffff
        .quad 0x00cf92000000ffff
descriptors:
        .word . - gdt - 1
        .long gdt

/* What an entry shows, by its letter. */
kinds:  .long word, long, config, memory, linear

        .macro entry name, kind, address
        .ascii "\name\kind"
        .long \address
        .endm

power_table:
        entry "P0:", "a", old_pm1_control
        entry "P1:", "a", new_pm1_control
        entry "T0:", "b", 0x1f48        /* the power management timer */
        entry "T1:", "b", 0xb008
        entry "E0:", "b", 0x1f40        /* PM1 event */
        entry "E1:", "b", 0xb000
        entry "G0:", "b", 0x1f68        /* general purpose events */
        entry "G1:", "b", 0xafe0
        .byte 0
devices_table:
        entry "PM:", "c", 0x80000b40    /* 00:01.3, the address of power management */
        entry "PR:", "c", 0x80000b08    /* and its revision and class */
        entry "d2:", "c", 0x80001000    /* 00:02.0, ids */
        entry "b2:", "c", 0x80001010    /* and first base address */
        entry "d3:", "c", 0x80001800
        entry "c3:", "c", 0x80001808
        entry "b3:", "c", 0x80001810
        entry "d4:", "c", 0x80002000
        entry "DS:", "d", disk_status
        entry "DD:", "d", disk_data
        entry "VT:", "d", text
        entry "VL:", "e", 0
        .byte 0
cards_table:
        entry "d5:", "c", 0x80002800
        entry "d6:", "c", 0x80003000
        entry "d7:", "c", 0x80003800
        entry "d8:", "c", 0x80004000
        entry "du:", "c", 0x80000a00    /* 00:01.2, the USB controller */
        .byte 0

        .org marked_sector * 512
        .ascii "DISK"
        .org 2048 * 512
