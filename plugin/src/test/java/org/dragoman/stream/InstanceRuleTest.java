package org.dragoman.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class InstanceRuleTest {

  @Test
  void oneOfAListAdmitsThoseOnly() {
    InstanceRule rule = new InstanceRule.OneOf(List.of(0L, 0xffff_ffffL));
    assertTrue(rule.admits(0));
    assertTrue(rule.admits(0xffff_ffffL));
    assertFalse(rule.admits(1));
    assertFalse(rule.admits(-1));
  }

  @Test
  void anythingIsAdmittedWhereAStreamIsOnlyLookedAt() {
    assertTrue(new InstanceRule.Any().admits(0xffff_ffffL));
    assertTrue(new InstanceRule.Any().admits(0));
  }

  @Test
  void onlyZeroIsAlwaysZero() {
    assertTrue(new InstanceRule.AlwaysZero().admits(0));
    assertFalse(new InstanceRule.AlwaysZero().admits(1));
  }

  @Test
  void smallInstancesAreDecimalAndOthersHexadecimal() {
    assertEquals(
        "0 or 9 or 0xa or 0x1f0", new InstanceRule.OneOf(List.of(0L, 9L, 10L, 0x1f0L)).inWords());
  }

  @Test
  void everyRuleHasWords() {
    for (InstanceRule rule :
        List.of(
            new InstanceRule.Counted(),
            new InstanceRule.PciAddress(),
            new InstanceRule.AlwaysZero(),
            new InstanceRule.Any())) {
      assertFalse(rule.inWords().isBlank(), rule::toString);
    }
  }
}
