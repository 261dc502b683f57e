/**
 * Every sentence of the pages in one language. `title`, `text` and `button` stand where a purpose has
 * none of its own.
 */
export interface PageTexts {
  readonly title: string;
  readonly text: string;
  readonly button: string;
  /** Under the button: what to do when the visitor did not ask for this. */
  readonly unasked: string;
  readonly codeLabel: string;
  readonly codeHint: string;
  /** With `{tries}` where the number of tries that are left stands. */
  readonly wrongCode: string;
  readonly foreignButton: string;
  readonly tryAgain: string;
  /** While the visitor is taken to the application. */
  readonly leadsTitle: string;
  /** Above a link that says `button`, for browsers that do not go on by themselves. */
  readonly leadsText: string;
  readonly doneTitle: string;
  readonly doneText: string;
  /** After too many wrong codes. */
  readonly lockedTitle: string;
  readonly lockedText: string;
  readonly deadTitle: string;
  readonly deadText: string;
  readonly unavailableTitle: string;
  readonly unavailableText: string;
  readonly limitedTitle: string;
  readonly limitedText: string;
}

/** What a purpose says of itself in one language. */
export type PurposeTexts = Partial<Pick<PageTexts, 'title' | 'text' | 'button'>>;

const en: PageTexts = {
  title: 'Please confirm',
  text: 'You opened a link that was sent to you. Please confirm that you want to continue.',
  button: 'Continue',
  unasked: 'If you did not ask for this, just close this page.',
  codeLabel: 'Six-digit code',
  codeHint: 'It was sent to you separately from the link.',
  wrongCode: 'That code is not right. Tries left: {tries}.',
  foreignButton:
    'The request did not come from this page, so nothing was done. If you want to continue, please confirm it here.',
  tryAgain: 'That did not work just now. Your link is still good: please try again in a moment.',
  leadsTitle: 'One moment, please',
  leadsText: 'The next page is opening. If it does not open, please go on here.',
  doneTitle: 'All done',
  doneText: 'You can close this page now.',
  lockedTitle: 'Too many wrong codes',
  lockedText:
    'A wrong code was typed too often, so this link no longer works. Please ask for a new one where you got this one.',
  deadTitle: 'This link no longer works',
  deadText: 'It has already been used or has expired. Please ask for a new one where you got this one.',
  unavailableTitle: 'Please try again in a moment',
  unavailableText: 'We cannot check this link right now. Please reload this page shortly.',
  limitedTitle: 'Please try again later',
  limitedText:
    'There were too many requests from your network, or too many wrong codes. Please open the link again later.',
};

const de: PageTexts = {
  title: 'Bitte bestätigen',
  text: 'Sie haben einen Link geöffnet, der Ihnen geschickt wurde. Bitte bestätigen Sie, dass Sie fortfahren möchten.',
  button: 'Fortfahren',
  unasked: 'Sie haben dies nicht angefordert? Dann schließen Sie diese Seite einfach.',
  codeLabel: 'Sechsstelliger Code',
  codeHint: 'Sie haben ihn getrennt von dem Link erhalten.',
  wrongCode: 'Dieser Code stimmt nicht. Verbleibende Versuche: {tries}.',
  foreignButton:
    'Die Anfrage kam nicht von dieser Seite, deshalb ist nichts geschehen. Wenn Sie fortfahren möchten, bestätigen Sie es bitte hier.',
  tryAgain:
    'Das hat gerade nicht geklappt. Ihr Link gilt weiterhin: Bitte versuchen Sie es gleich noch einmal.',
  leadsTitle: 'Einen Moment, bitte',
  leadsText: 'Die nächste Seite wird geöffnet. Falls das nicht geschieht, geht es hier weiter.',
  doneTitle: 'Erledigt',
  doneText: 'Sie können diese Seite jetzt schließen.',
  lockedTitle: 'Zu viele falsche Codes',
  lockedText:
    'Es wurde zu oft ein falscher Code eingegeben, deshalb gilt dieser Link nicht mehr. Bitte fordern Sie dort, wo Sie ihn erhalten haben, einen neuen an.',
  deadTitle: 'Dieser Link gilt nicht mehr',
  deadText:
    'Er wurde bereits verwendet oder ist abgelaufen. Bitte fordern Sie dort, wo Sie ihn erhalten haben, einen neuen an.',
  unavailableTitle: 'Bitte versuchen Sie es gleich noch einmal',
  unavailableText: 'Wir können diesen Link im Moment nicht prüfen. Bitte laden Sie diese Seite in Kürze neu.',
  limitedTitle: 'Bitte versuchen Sie es später noch einmal',
  limitedText:
    'Es gab zu viele Aufrufe aus Ihrem Netz oder zu viele falsche Codes. Bitte öffnen Sie den Link später noch einmal.',
};

/** The languages that the product speaks, by language tag (BCP 47). A deployment can add others. */
export const SHIPPED_TEXTS: ReadonlyMap<string, PageTexts> = new Map([
  ['en', en],
  ['de', de],
]);
