import { createTransport } from 'nodemailer';

export interface Mail {
  /** An address from our own records, never one that came with a request. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export type SendMail = (mail: Mail) => Promise<void>;

export function mailer(smtpUrl: string): SendMail {
  const transport = createTransport(smtpUrl, { from: 'Acme <no-reply@acme.example>' });
  return async (mail) => {
    await transport.sendMail(mail);
  };
}
