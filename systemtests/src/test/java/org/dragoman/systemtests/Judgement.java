package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.dragoman.stream.Mismatch;
import org.dragoman.stream.Octets;
import org.dragoman.translate.Edit;
import org.dragoman.translate.Explanation;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Survey;
import org.dragoman.translate.Verdict;

/**
 * All that Dragoman has to say of one stream that may be damaged or hostile. What holds of every
 * answer is asserted on the way: it comes soon, it is complete, and it can be printed.
 *
 * @param octets the stream
 * @param survey whoever wrote it
 * @param plans by target
 */
record Judgement(Octets octets, Verdict verdict, Survey survey, Map<Target, Plan> plans) {

  /** Judges, surveys, and plans for some targets. */
  static Judgement of(byte[] stream, Target... targets) {
    Judgement judgement = Effort.bounded(() -> unchecked(stream, List.of(targets)));
    judgement.assertSound(stream);
    return judgement;
  }

  private static Judgement unchecked(byte[] stream, List<Target> targets) {
    // Read once and kept, as of a file.
    Octets octets = Dragoman.octets(stream);
    Verdict verdict = Dragoman.SHIPPED.judge(octets);
    Map<Target, Plan> plans = new TreeMap<>();
    for (Target target : targets) {
      plans.put(target, Dragoman.SHIPPED.plan(octets, verdict, target.product()));
    }
    // The verdict has one where nobody wrote the stream.
    Survey survey = verdict.survey() == null ? Dragoman.SHIPPED.survey(octets) : verdict.survey();
    return new Judgement(octets, verdict, survey, plans);
  }

  /** The ids of the products that could have written it. */
  Set<String> writers() {
    return verdict.explanations().stream()
        .map(one -> one.product().id())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Fails unless nobody wrote it and it is refused for every target. */
  void assertRefused() {
    assertEquals(Set.of(), writers());
    plans.forEach(
        (target, plan) -> assertTrue(plan instanceof Plan.Refusal, () -> "not refused: " + plan));
  }

  /** All sentences that would be shown to somebody. */
  List<String> texts() {
    List<String> texts = new ArrayList<>();
    verdict.mismatches().forEach(one -> texts.add(one.inWords(octets)));
    if (survey.mismatch() != null) {
      texts.add(survey.mismatch().inWords(octets));
    }
    survey.sections().forEach(section -> texts.add(section.inWords()));
    for (Plan plan : plans.values()) {
      if (plan instanceof Plan.Refusal refusal) {
        texts.addAll(refusal.reasons());
      } else if (plan instanceof Plan.Rewrite rewrite) {
        texts.addAll(rewrite.warnings());
        rewrite.edits().stream().map(Edit::reason).forEach(texts::add);
      }
    }
    return texts;
  }

  private void assertSound(byte[] stream) {
    Set<String> answered = writers();
    for (Verdict.Contradiction contradiction : verdict.mismatches()) {
      answered.add(contradiction.product().id());
      assertSays(contradiction.mismatch(), stream);
    }
    assertEquals(Dragoman.SHIPPED.products().size(), answered.size(), "products left out");
    assertEquals(verdict.explanations().isEmpty(), verdict.survey() != null, "survey");
    if (survey.mismatch() != null) {
      assertSays(survey.mismatch(), stream);
    }
    for (Explanation explanation : verdict.explanations()) {
      int left = stream.length - explanation.walk().endAt() - 1;
      assertEquals(left, explanation.walk().padding(), "bytes that nobody accounts for");
    }
    for (Plan plan : plans.values()) {
      if (plan instanceof Plan.Refusal refusal) {
        assertFalse(refusal.reasons().isEmpty(), "refused without a reason");
      } else if (plan instanceof Plan.Rewrite rewrite) {
        byte[] result = Dragoman.apply(stream, rewrite.edits());
        assertFalse(Dragoman.SHIPPED.writersOf(result).isEmpty(), "the result is of nobody");
      }
    }
    for (String text : texts()) {
      assertFalse(text.isBlank());
      assertTrue(
          text.chars().noneMatch(c -> Character.isISOControl(c) || Character.isSurrogate((char) c)),
          () -> "would garble a terminal: " + text);
      assertFalse(text.contains("this is a bug"), text);
    }
  }

  /** Offset, found, expected. */
  private static void assertSays(Mismatch mismatch, byte[] stream) {
    assertTrue(mismatch.at() >= 0 && mismatch.at() <= stream.length, mismatch::toString);
    assertFalse(mismatch.found().isBlank(), "nothing found");
    assertFalse(mismatch.expected().isBlank(), "nothing expected");
  }
}
