/*
 * The guest: all of its memory image is this, in hvmloader's place (firmware_override=), so that it needs
 * neither firmware nor disk. About four times a second it prints on Xen's debug port, for `xl dmesg`,
 *
 *     TICK 0007 a5
 *
 * a counter in its memory, which goes on over a restore, and the scratch register of its first serial
 * port, a5 since it was started: there the device model has to have its own state back. Where no device
 * model serves the port it reads ff.
 */
        .code32
        .set counter, 0x80000
        .set serial_scratch, 0x3ff
        .set debug_port, 0xe9
        /* Channel 2 of the timer, which Xen itself emulates: 65536 steps are 55 ms. */
        .set timer_gate, 0x61
        .set timer_mode, 0x43
        .set timer_count, 0x42
        .set turns_per_tick, 4

        .global _start
_start:
        cli
        movl $0x90000, %esp
        movl $0, counter
        movw $serial_scratch, %dx
        movb $0xa5, %al
        outb %al, %dx
        movb $1, %al
        outb %al, $timer_gate
        movb $0xb4, %al                 /* channel 2, both octets, from 0 down again and again */
        outb %al, $timer_mode
        xorb %al, %al
        outb %al, $timer_count
        outb %al, $timer_count

tick:
        incl counter
        movl $name, %esi
1:      lodsb
        testb %al, %al
        jz 2f
        outb %al, $debug_port
        jmp 1b
2:      movl counter, %ebx
        shll $16, %ebx
        movl $4, %ecx
        call print
        movb $' ', %al
        outb %al, $debug_port
        movw $serial_scratch, %dx
        inb %dx, %al
        movzbl %al, %ebx
        shll $24, %ebx
        movl $2, %ecx
        call print
        movb $'\n', %al
        outb %al, $debug_port

        movl $turns_per_tick, %ecx
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

name:   .asciz "TICK "
